"""Volumes that are one file, cut where it pleased: ``.7z.001``, ``.zip.001`` and the like."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import Extent, Volume
from altmount.archives.parser import Parser
from altmount.archives.reading import take


class _Part(NamedTuple):
    volume: int
    start: int
    size: int


class Joined:
    """The file that volumes make up together."""

    def __init__(self, volumes: Sequence[Volume]) -> None:
        self.volumes = tuple(volumes)
        self._starts = (0, *accumulate(volume.size for volume in volumes))
        inferred = (index for index, volume in enumerate(volumes) if volume.inferred)
        self._sure = next(inferred, len(volumes))

    @property
    def size(self) -> int:
        """In bytes."""
        return self._starts[-1]

    def start_of(self, volume: int) -> int:
        """Where a volume starts in the whole."""
        return self._starts[volume]

    def read(self, start: int, size: int) -> Parser[bytes]:
        """Ask for bytes, from wherever they lie.

        Raises:
            ArchiveError: TRUNCATED, or VOLUMES_MISSING where there are several volumes, if it
                ends before them.
        """
        self._within(start, size)
        found = bytearray()
        for part in self._parts(start, size):
            found += yield from take(self.volumes, part.volume, part.start, part.size)
        return bytes(found)

    def extents(self, start: int, size: int) -> tuple[Extent, ...]:
        """Where bytes lie; inferred after the first volume whose size is.

        Raises:
            ArchiveError: As for :meth:`read`.
        """
        self._within(start, size)
        return tuple(
            Extent(*part, inferred=part.volume > self._sure) for part in self._parts(start, size)
        )

    def _within(self, start: int, size: int) -> None:
        if start + size > self.size:
            several = len(self.volumes) > 1
            raise ArchiveError(
                ArchiveFault.VOLUMES_MISSING if several else ArchiveFault.TRUNCATED,
                f"it has {self.size:,} bytes, and should have {start + size:,} at the least",
            )

    def _parts(self, start: int, size: int) -> Iterator[_Part]:
        stop = start + size
        volume = bisect_right(self._starts, start) - 1
        while start < stop:
            begin, end = self._starts[volume], self._starts[volume + 1]
            if end > start:
                yield _Part(volume, start - begin, min(stop, end) - start)
            start = max(start, min(stop, end))
            volume += 1
