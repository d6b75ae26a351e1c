"""How parsers take bytes: all that were asked for, or an error; and long lists: in steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import Volume
from altmount.archives.parser import A_STEP, PAUSE, Parser, Read
from altmount.spans import Span

T = TypeVar("T")


def take(volumes: Sequence[Volume], volume: int, start: int, size: int) -> Parser[bytes]:
    """Ask for ``size`` bytes of a volume, from ``start`` on.

    Raises:
        ArchiveError: TRUNCATED, if the volume ends before them.
    """
    if start + size <= volumes[volume].size or volumes[volume].inferred:
        data = yield Read(volume, Span(start, start + size))
        if len(data) == size:
            return data
    raise ArchiveError(
        ArchiveFault.TRUNCATED,
        f"{volumes[volume].name} ends before byte {start + size:,}, where its headers go on",
    )


def gathered(items: Iterable[T]) -> Parser[list[T]]:
    """The items, with a pause after every few that are made."""
    found: list[T] = []
    for item in items:
        found.append(item)
        if len(found) % A_STEP == 0:
            yield PAUSE
    return found
