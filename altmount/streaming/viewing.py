"""The connections of one player at one file, taken together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from altmount.library.paths import VirtualPath
from altmount.streaming.pace import Pace


class Viewer(NamedTuple):
    """What the connections of a player at a file have in common."""

    path: VirtualPath
    user: str
    door: str
    address: str
    agent: str

    @property
    def id(self) -> str:
        """Stands for it in addresses: 16 hexadecimal digits."""
        return hashlib.sha256("\0".join(self).encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Stream(Protocol):
    """An answer that is being sent, or was."""

    @property
    def viewer(self) -> Viewer: ...

    @property
    def size(self) -> int: ...

    @property
    def start(self) -> int: ...

    @property
    def sent(self) -> int: ...

    @property
    def since(self) -> datetime: ...

    @property
    def pace(self) -> Pace: ...


@dataclass(frozen=True, slots=True)
class Viewing:
    """What a viewer gets at one moment."""

    viewer: Viewer
    size: int
    """Of the file, in bytes."""

    since: datetime
    """When the oldest of its connections was made."""

    connections: int
    sent: int
    """Bytes over all of them."""

    offset: int
    """Where in the file the newest of them is."""

    rate: float
    """Bytes a second over all of them, in the last ten seconds."""

    stalled: bool
    """Whether it has taken nothing for ten seconds, as a paused player does."""


def viewings(streams: Iterable[Stream]) -> Sequence[Viewing]:
    """What each viewer gets, the one that came last first.

    Args:
        streams: Those that are open, the oldest first.
    """
    theirs: dict[Viewer, list[Stream]] = {}
    for stream in streams:
        theirs.setdefault(stream.viewer, []).append(stream)
    return [_viewing(viewer, ones) for viewer, ones in reversed(theirs.items())]


def _viewing(viewer: Viewer, streams: Sequence[Stream]) -> Viewing:
    oldest, newest = streams[0], streams[-1]
    return Viewing(
        viewer,
        newest.size,
        oldest.since,
        len(streams),
        sum(stream.sent for stream in streams),
        min(newest.start + newest.sent, newest.size),
        sum(stream.pace.rate for stream in streams),
        all(stream.pace.stalled for stream in streams),
    )
