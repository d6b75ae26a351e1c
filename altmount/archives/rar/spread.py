"""Where the pieces of an entry lie, volume after volume.

Every volume in the middle of a long entry has the same headers before the entry's bytes and
the same blocks after them, so in volumes of one size the bytes lie at the same place. What the
second volume says is therefore taken to hold for those after it, up to the one where the
entry's size is reached; there the headers are read again, and the sum must be right. Where RAR5
needs another byte for a volume's number, the headers are read too, and hold from there on.
"""

from __future__ import annotations

from dataclasses import dataclass

from altmount.archives.aes import padded
from altmount.archives.model import Extent, Lead, Volume
from altmount.archives.parser import Parser
from altmount.archives.rar.headers import Piece, Reach, VolumeHeaders, too_many_blocks
from altmount.archives.rar.keys import KeyRing
from altmount.archives.rar.volume import read_volume

MAX_BLOCKS = 250_000
"""How many blocks the volumes of a set may have together."""


@dataclass(frozen=True, slots=True)
class Trail:
    """Where an entry was followed to."""

    extents: tuple[Extent, ...]

    stop: int
    """The volume that was reached; past the last one if there was no end."""

    ended: bool
    """Whether the entry ends in that volume. Else what is there is not a part of it."""

    @property
    def size(self) -> int:
        """How many bytes were found."""
        return sum(extent.size for extent in self.extents)


def packed_size(piece: Piece) -> int | None:
    """How many bytes the pieces of a stored entry have together; ``None`` if that is not said."""
    if piece.size is None or piece.method:
        return None
    return padded(piece.size) if piece.lock else piece.size


class Spread:
    """Follows entries through the volumes of a set."""

    def __init__(self, volumes: tuple[Volume, ...], ring: KeyRing, *, thorough: bool) -> None:
        self._volumes = volumes
        self._ring = ring
        self._thorough = thorough
        self._read: dict[int, VolumeHeaders] = {}
        self._blocks = 0
        self.leads: dict[int, Lead] = {}
        """What the headers of volumes are taken to say that were not read."""

    def headers(self, index: int) -> Parser[VolumeHeaders]:
        """The headers of a volume, which are read once."""
        if index not in self._read:
            headers = yield from read_volume(self._volumes, index, self._ring, Reach.FULL)
            self._blocks += headers.blocks
            if self._blocks > MAX_BLOCKS:
                raise too_many_blocks("a set", MAX_BLOCKS)
            self._read[index] = headers
        return self._read[index]

    def follow(self, piece: Piece, index: int) -> Parser[Trail]:
        """Find all of an entry, of which a volume holds the first piece that is there."""
        if not piece.goes_on:
            return Trail(_extents(piece, index), index, ended=True)
        size = packed_size(piece)
        if (piece.method or piece.continues) and not self._thorough:
            return (yield from self._leap(piece, index))
        if self._thorough or size is None:
            return (yield from self._walk(piece, index, None))
        trail = yield from self._walk(piece, index, size)
        inferred = [extent.volume for extent in trail.extents if extent.inferred]
        if inferred and trail.ended and trail.size != size:
            for volume in inferred:
                del self.leads[volume]
            trail = yield from self._walk(piece, index, None)
        return trail

    def _walk(self, piece: Piece, index: int, size: int | None) -> Parser[Trail]:
        """Follow an entry; with a ``size`` to reach, without a look at volumes in between."""
        extents = list(_extents(piece, index))
        found = len(piece.run)
        before, at = index, index + 1
        while at < len(self._volumes):
            more = yield from self._continuation(piece, before, at)
            if more is None:
                return Trail(tuple(extents), at, ended=False)
            extents += _extents(more, at)
            found += len(more.run)
            if not more.goes_on:
                return Trail(tuple(extents), at, ended=True)
            before = at
            if size is not None:
                inferred = self._inferred(at, more, size - found)
                extents += inferred
                found += len(inferred) * len(more.run)
                at += len(inferred)
            at += 1
        return Trail(tuple(extents), at, ended=False)

    def _continuation(self, piece: Piece, before: int, at: int) -> Parser[Piece | None]:
        """The entry's piece in a volume; ``None`` if it does not go on there."""
        headers = yield from self.headers(at)
        known = self._read[before].number
        if known is not None and headers.number not in {None, known + at - before}:
            return None  # a volume is missing in between
        first = headers.pieces[0] if headers.pieces else None
        return first if first and first.continues and first.path == piece.path else None

    def _inferred(self, model: int, piece: Piece, left: int) -> list[Extent]:
        """The extents after the model's, as far as they are all as that one.

        The last volume is never among them, so that there is one to be sure by.
        """
        found: list[Extent] = []
        size = len(piece.run)
        at = model + 1
        while (
            at < len(self._volumes) - 1
            and 0 < size < left
            and self._volumes[at].size == self._volumes[model].size
            and self._same_headers(model, at)
        ):
            found.append(Extent(at, piece.run.start, size, inferred=True))
            self.leads[at] = self._lead(model, piece, at)
            left -= size
            at += 1
        return found

    def _same_headers(self, model: int, at: int) -> bool:
        number = self._number(model, at)
        return number is None or number < 1 << 7 * self._read[model].number_bytes

    def _number(self, model: int, at: int) -> int | None:
        """The number of a volume; ``None`` where the headers before its data do not say it."""
        headers = self._read[model]
        return None if headers.format == "rar4" else (headers.number or 0) + at - model

    def _lead(self, model: int, piece: Piece, at: int) -> Lead:
        return Lead(self._read[model].format, self._number(model, at), piece.path, piece.run)

    def _leap(self, piece: Piece, index: int) -> Parser[Trail]:
        """Find the end of an entry whose bytes are of no use, by looking at few volumes."""
        inside, outside = index, len(self._volumes)
        while outside - inside > 1:
            middle = (inside + outside) // 2
            more = yield from self._continuation(piece, index, middle)
            if more is not None and more.goes_on:
                inside = middle
            else:
                outside = middle
        if outside == len(self._volumes):
            return Trail((), outside, ended=False)
        more = yield from self._continuation(piece, index, outside)
        return Trail((), outside, ended=more is not None)


def _extents(piece: Piece, index: int) -> tuple[Extent, ...]:
    return (Extent(index, piece.run.start, len(piece.run)),) if len(piece.run) else ()
