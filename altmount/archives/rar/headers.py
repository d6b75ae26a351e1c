"""What the headers of one RAR volume say, whichever version wrote them."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.rar.keys import Salt5
from altmount.spans import Span

MAX_BLOCKS = 20_000
"""How many blocks a volume may have."""


class Reach(enum.Enum):
    """How far into a volume its headers are read."""

    FIRST_PIECE = enum.auto()  #: Up to the first piece of an entry.
    FULL = enum.auto()  #: Up to a piece that goes on in the next volume: nothing follows it.
    END = enum.auto()


class Kind(enum.Enum):
    """What an entry is."""

    FILE = enum.auto()
    FOLDER = enum.auto()
    LINK = enum.auto()  #: Points elsewhere, and has no bytes of its own.
    COPY = enum.auto()  #: Has the bytes of an entry before it, by whose path it is known.


@dataclass(frozen=True, slots=True)
class Lock5:
    """How RAR5 encrypts an entry."""

    salt: Salt5
    iv: bytes


@dataclass(frozen=True, slots=True)
class Lock4:
    """How RAR4 encrypts an entry; its IV comes out of the password as well."""

    salt: bytes


@dataclass(frozen=True, slots=True)
class Piece:
    """What one volume holds of an entry."""

    path: str

    kind: Kind

    run: Span
    """Where its bytes lie in the volume, as far as the volume goes."""

    size: int | None
    """Of the whole entry, unpacked; ``None`` where its packer did not know."""

    method: str = ""
    """How it is packed, in RAR's words; empty where it is not."""

    continues: bool = False
    """Whether the volume before has bytes of it too."""

    goes_on: bool = False
    """Whether the next volume has more of it."""

    lock: Lock4 | Lock5 | None = None
    """``None`` where it is not encrypted."""

    unknown: str = ""
    """What it needs that is not known here; empty if nothing."""

    target: str = ""
    """The path that a copy is a copy of."""


@dataclass(frozen=True, slots=True)
class VolumeHeaders:
    """What was read of a volume."""

    format: str
    """``rar4`` or ``rar5``."""

    pieces: tuple[Piece, ...]

    number: int | None = None
    """Its place in the set, from 0; ``None`` where that was not read, or is not said."""

    first: bool | None = None
    """Whether it is the set's first; ``None`` where that is not said."""

    last: bool | None = None
    """Whether it is the set's last; ``None`` where that was not read, or is not said."""

    number_bytes: int = 0
    """How many bytes the number takes in a header before the data."""

    encrypted: bool = False
    """Whether the headers were."""

    blocks: int = 0
    """How many were read."""


def enough(piece: Piece, reach: Reach) -> bool:
    """Whether nothing after this piece is wanted."""
    return reach is Reach.FIRST_PIECE or (reach is Reach.FULL and piece.goes_on)


def damaged(detail: str) -> ArchiveError:
    """What is raised for headers that cannot be as they are."""
    return ArchiveError(ArchiveFault.DAMAGED, detail)


def too_many_blocks(of: str, most: int) -> ArchiveError:
    """What is raised for a volume or a set with more blocks than any sound one has."""
    return ArchiveError(ArchiveFault.TOO_LARGE, f"{of} has more than {most:,} headers")
