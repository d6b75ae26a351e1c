"""Makes entries of what the headers say, each with its key or with what stands in the way."""

from __future__ import annotations

from dataclasses import replace

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import AesCbc, Entry, Extent
from altmount.archives.parser import Parser
from altmount.archives.rar.headers import Kind, Lock4, Lock5, Piece
from altmount.archives.rar.keys import KeyRing
from altmount.archives.rar.spread import Trail, packed_size

MAX_ENTRIES = 100_000
"""How many entries a set may have."""


class Entries:
    """The entries of a set, one after another."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._found: list[Entry] = []
        self._by_path: dict[str, Entry] = {}

    def found(self) -> tuple[Entry, ...]:
        """All entries so far."""
        return tuple(self._found)

    def add(self, piece: Piece, trail: Trail) -> Parser[None]:
        """Take in an entry.

        Args:
            piece: The first of it that was found.
            trail: Where all of it is.
        """
        if piece.kind is Kind.LINK:
            return
        if len(self._found) == MAX_ENTRIES:
            raise ArchiveError(ArchiveFault.TOO_LARGE, f"it has more than {MAX_ENTRIES:,} entries")
        if piece.kind is Kind.FOLDER:
            self._found.append(Entry(piece.path, 0, folder=True))
        elif piece.kind is Kind.COPY:
            self._found.append(self._copy(piece))
        else:
            entry = yield from self._file(piece, trail)
            self._found.append(entry)
            self._by_path[entry.path] = entry

    def _file(self, piece: Piece, trail: Trail) -> Parser[Entry]:
        size = piece.size or 0
        try:
            extents = _all_extents(piece, trail)
            if piece.size is None:
                size = sum(extent.size for extent in extents)
            cipher = (yield from self._cipher(piece)) if extents else None
        except ArchiveError as error:
            if error.fault is ArchiveFault.TOO_LARGE:
                raise
            return Entry(piece.path, size, obstacle=error.fault, detail=str(error))
        return Entry(piece.path, size, extents, cipher)

    def _cipher(self, piece: Piece) -> Parser[AesCbc | None]:
        lock = piece.lock
        if isinstance(lock, Lock4):
            key, iv = yield from self._ring.rar4(lock.salt)
            return AesCbc(key, iv)
        if isinstance(lock, Lock5):
            key = yield from self._ring.rar5(lock.salt)
            return AesCbc(key, lock.iv, checked=lock.salt.check is not None)
        return None

    def _copy(self, piece: Piece) -> Entry:
        """An entry that shares the bytes of one before it."""
        if piece.target in self._by_path:
            return replace(self._by_path[piece.target], path=piece.path)
        detail = f"it is a copy of {piece.target}, which is not there"
        return Entry(piece.path, piece.size or 0, obstacle=ArchiveFault.UNSUPPORTED, detail=detail)


def _all_extents(piece: Piece, trail: Trail) -> tuple[Extent, ...]:
    """Where all of a file's bytes lie.

    Raises:
        ArchiveError: They are packed, not all there, or more than they should be.
    """
    if piece.method:
        raise ArchiveError(ArchiveFault.COMPRESSED, piece.method)
    if piece.unknown:
        raise ArchiveError(ArchiveFault.UNSUPPORTED, piece.unknown)
    if piece.continues or not trail.ended:
        raise ArchiveError(ArchiveFault.VOLUMES_MISSING, "not all of its volumes are there")
    wanted = packed_size(piece)
    if wanted is None and piece.lock:
        raise ArchiveError(ArchiveFault.UNSUPPORTED, "it is encrypted, and of unknown size")
    if wanted not in {None, trail.size}:
        fewer = trail.size < (wanted or 0)
        fault = ArchiveFault.TRUNCATED if fewer else ArchiveFault.UNSUPPORTED
        raise ArchiveError(fault, f"it has {trail.size:,} bytes where there should be {wanted:,}")
    return trail.extents
