"""Bytes that lie in runs: a partition, or a file of a file system."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.iso.limits import damaged
from altmount.archives.joined import Joined
from altmount.archives.model import Extent
from altmount.archives.parser import Parser


class Run(NamedTuple):
    """Bytes one after another in the image."""

    start: int | None
    """``None`` for zeros that lie nowhere."""

    size: int


class Space:
    """Runs, one after another, as one."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self._runs = _merged(runs)
        self._starts = (0, *accumulate(run.size for run in self._runs))

    @property
    def size(self) -> int:
        """In bytes."""
        return self._starts[-1]

    def part(self, start: int, size: int) -> list[Run]:
        """The runs of some of it.

        Raises:
            ArchiveError: DAMAGED, if that goes past its end.
        """
        stop = start + size
        if stop > self.size:
            raise damaged("something in its file system lies outside of it")
        found = []
        index = bisect_right(self._starts, start) - 1
        while start < stop:
            run, begin = self._runs[index], self._starts[index]
            taken = min(stop, begin + run.size) - start
            at = None if run.start is None else run.start + start - begin
            found.append(Run(at, taken))
            start += taken
            index += 1
        return found

    def read(self, joined: Joined, start: int, size: int) -> Parser[bytes]:
        """Ask for some of it.

        Raises:
            ArchiveError: DAMAGED or TRUNCATED.
        """
        found = bytearray()
        for run in self.part(start, size):
            if run.start is None:
                found += bytes(run.size)
            else:
                found += yield from joined.read(run.start, run.size)
        return bytes(found)

    def extents(self, joined: Joined) -> tuple[Extent, ...]:
        """Where all of it lies in the volumes.

        Raises:
            ArchiveError: UNSUPPORTED, if it has zeros that lie nowhere; TRUNCATED.
        """
        found: list[Extent] = []
        for run in self._runs:
            if run.start is None:
                raise ArchiveError(ArchiveFault.UNSUPPORTED, "it has holes")
            found += joined.extents(run.start, run.size)
        return tuple(found)


def _merged(runs: Iterable[Run]) -> list[Run]:
    found: list[Run] = []
    for run in runs:
        if not run.size:
            continue
        before = found[-1] if found else None
        if before and before.start is not None and run.start == before.start + before.size:
            found[-1] = Run(before.start, before.size + run.size)
        else:
            found.append(run)
    return found
