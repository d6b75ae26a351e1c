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
from altmount.streaming.history import History
from altmount.streaming.pace import Pace
from altmount.streaming.viewing import Viewer

_LONGEST_AGENT = 200


class Progress(Protocol):
    """How far an answer has got, and its end."""

    @property
    def sent(self) -> int:
        """How many bytes of its body the client's side has taken."""

    def cut_off(self) -> None:
        """Break its connection, which ends whatever is read for it."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads."""

    address: str
    """Of its socket, without the port."""

    agent: str
    """What it calls itself."""

    user: str = ""
    """Whose login or key it came with, if any."""

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
    start: int
    """Where in the file it begins."""

    since: datetime
    progress: Progress
    pace: Pace

    @property
    def sent(self) -> int:
        """Bytes that the client's side has taken."""
        return self.progress.sent

    @property
    def viewer(self) -> Viewer:
        """Who has it sent, over this connection and perhaps more."""
        reader = self.reader
        return Viewer(self.path, reader.user, self.door, reader.address, reader.agent)


class Streams:
    """The streams that are open, and sums over all there were."""

    def __init__(self) -> None:
        self._open: dict[int, Stream] = {}
        self._numbers = itertools.count(1)
        self._sent_before = 0
        self.opened: Counter[str] = Counter()
        """How many there were since the program started, by door."""

        self.history = History()
        """Those that have ended."""

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

    def note(self, now: float) -> None:
        """Take down how far each has come, which is to be done every two seconds.

        Args:
            now: Seconds of a clock that only ever goes forward.
        """
        for stream in self._open.values():
            stream.pace.note(now, stream.sent)

    def stop(self, viewer_id: str) -> int:
        """Break the connections that a viewer has; how many they are."""
        ending = [stream for stream in self if stream.viewer.id == viewer_id]
        for stream in ending:
            stream.progress.cut_off()
        return len(ending)

    @contextmanager
    def watch(
        self,
        door: str,
        path: VirtualPath,
        size: int,
        reader: Reader,
        progress: Progress,
        *,
        start: int = 0,
    ) -> Iterator[Stream]:
        """Have an answer in the list while it is sent; ``start`` is where in the file it begins."""
        now = datetime.now(UTC)
        number = next(self._numbers)
        stream = Stream(number, door, path, size, reader, start, now, progress, Pace())
        self._open[stream.number] = stream
        self.opened[door] += 1
        try:
            yield stream
        finally:
            del self._open[stream.number]
            self._sent_before += stream.sent
            self.history.add(stream, datetime.now(UTC))
