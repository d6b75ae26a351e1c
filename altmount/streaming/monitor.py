"""What is being read now, and by whom."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from altmount.library.paths import VirtualPath

_LONGEST_AGENT = 200


class Progress(Protocol):
    """How far an answer has got."""

    @property
    def sent(self) -> int:
        """How many bytes of its body the client's side has taken."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads."""

    address: str
    """Of its socket, without the port."""

    agent: str
    """What it calls itself."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "agent", self.agent[:_LONGEST_AGENT])


@dataclass(frozen=True, slots=True)
class Stream:
    """One answer that is being sent."""

    number: int
    """From 1, never given twice while the program runs."""

    door: str
    """Where it was asked for: ``files``, ``stream``, …"""

    path: VirtualPath
    size: int
    """Of the file, in bytes."""

    reader: Reader
    since: datetime
    progress: Progress

    @property
    def sent(self) -> int:
        """Bytes that the client's side has taken."""
        return self.progress.sent


class Streams:
    """The streams that are open, and sums over all there were."""

    def __init__(self) -> None:
        self._open: dict[int, Stream] = {}
        self._numbers = itertools.count(1)
        self._sent_before = 0
        self.opened: Counter[str] = Counter()
        """How many there were since the program started, by door."""

    def __iter__(self) -> Iterator[Stream]:
        """Those that are open, the oldest first; safe to take while they come and go."""
        return iter(list(self._open.values()))

    @property
    def open(self) -> Counter[str]:
        """How many there are, by door."""
        return Counter(stream.door for stream in self._open.values())

    @property
    def sent(self) -> int:
        """Bytes of bodies that all clients have taken since the program started."""
        return self._sent_before + sum(stream.sent for stream in self._open.values())

    @contextmanager
    def watch(
        self, door: str, path: VirtualPath, size: int, reader: Reader, progress: Progress
    ) -> Iterator[Stream]:
        """Have an answer in the list while it is sent."""
        now = datetime.now(UTC)
        stream = Stream(next(self._numbers), door, path, size, reader, now, progress)
        self._open[stream.number] = stream
        self.opened[door] += 1
        try:
            yield stream
        finally:
            del self._open[stream.number]
            self._sent_before += stream.sent
