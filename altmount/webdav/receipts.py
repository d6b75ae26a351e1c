"""What was taken in over WebDAV without becoming a file.

An NZB that was queued, and the litter of file managers that was dropped, are no files of the
library. But a client that just wrote one looks whether it arrived, and may lock it, write it
again or give it properties; so for a while it is told what it wrote.
"""

from __future__ import annotations

import fnmatch
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from altmount.library.paths import VirtualPath, parent_of

_SECONDS = 600.0
_MOST = 1000
_LITTER = ("._*", ".ds_store", "thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Receipt:
    """Something that was written to a path and is not kept there."""

    path: VirtualPath
    size: int
    """In bytes."""

    modified: datetime
    etag: str


class Receipts:
    """The receipts of the last minutes."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start without any.

        Args:
            clock: Monotonic seconds.
        """
        self._clock = clock
        self._receipts: OrderedDict[VirtualPath, tuple[float, Receipt]] = OrderedDict()

    def add(self, path: VirtualPath, size: int, etag: str) -> Receipt:
        receipt = Receipt(path, size, datetime.now(UTC), etag)
        self._receipts[path] = self._clock(), receipt
        self._receipts.move_to_end(path)
        if len(self._receipts) > _MOST:
            self._receipts.popitem(last=False)
        return receipt

    def find(self, path: VirtualPath) -> Receipt | None:
        self._expire()
        found = self._receipts.get(path)
        return found[1] if found else None

    def inside(self, folder: VirtualPath) -> list[Receipt]:
        """Those of a folder, by name."""
        self._expire()
        found = [receipt for _, receipt in self._receipts.values()]
        return sorted((one for one in found if parent_of(one.path) == folder), key=_path)

    def forget(self, path: VirtualPath) -> None:
        self._receipts.pop(path, None)

    def _expire(self) -> None:
        since = self._clock() - _SECONDS
        while self._receipts and next(iter(self._receipts.values()))[0] < since:
            self._receipts.popitem(last=False)


def is_litter(name: str) -> bool:
    """Whether a file manager leaves files of this name everywhere, for itself alone."""
    return any(fnmatch.fnmatchcase(name.lower(), pattern) for pattern in _LITTER)


def _path(receipt: Receipt) -> VirtualPath:
    return receipt.path
