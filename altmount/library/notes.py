"""What a job says, for people, of files that are shown and are not as they should be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from altmount.library.paths import name_of
from altmount.library.release import Entry
from altmount.library.status import FileStatus
from altmount.reader.transform import Padded

_MOST = 10
"""How many files are named."""


def note_of(entries: Iterable[Entry]) -> str:
    """What is to be said of a release; empty if nothing is."""
    said = list(_said(entries))
    more = len(said) - _MOST
    return "; ".join(said[:_MOST] + ([f"so are {more} more of its files"] if more > 0 else []))


def _said(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        name = name_of(entry.path)
        if entry.status is FileStatus.DAMAGED:
            yield f"{name!r} is damaged: reading it may end in errors; get another post"
        elif isinstance(entry.transform, Padded) and entry.transform.holes:
            lost = sum(map(len, entry.transform.holes))
            yield (
                f"{name!r} is degraded: {lost:,} of its {entry.size:,} "
                "bytes are on no provider, and play as zeros"
            )
