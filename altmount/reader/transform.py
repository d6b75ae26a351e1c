"""How the bytes of a virtual file come of those that its map has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from altmount.ciphers import aes, rclone
from altmount.spans import Span


@dataclass(frozen=True, slots=True)
class Strand:
    """Consecutive bytes of a file that one AES-CBC chain decrypts to."""

    stored: int
    """How many bytes of the map the chain has: whole blocks."""

    size: int
    """How many bytes of the file they make."""

    key: bytes
    iv: bytes
    skip: int = 0
    """How many decrypted bytes come before the first that counts."""

    def __post_init__(self) -> None:
        if len(self.key) not in {16, 24, 32} or len(self.iv) != aes.BLOCK:
            raise ValueError("a key or an IV has a size that none has")
        if self.stored % aes.BLOCK or not 0 <= self.skip <= self.skip + self.size <= self.stored:
            raise ValueError("a chain does not have the bytes that it should make")


@dataclass(frozen=True, slots=True)
class Plain:
    """Consecutive bytes of a file that are as they are stored."""

    size: int

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError("a run of bytes cannot have fewer than none")

    @property
    def stored(self) -> int:
        return self.size


@dataclass(frozen=True, slots=True)
class Encrypted:
    """AES-CBC: one chain, or several one after the other, with what is plain between them."""

    strands: tuple[Strand | Plain, ...]
    below: Encrypted | None = None
    """What is encrypted in it, and done before; ``None`` if the strands are of the map's bytes."""


@dataclass(frozen=True, slots=True)
class RcloneCrypt:
    """rclone's crypt: the map is a whole encrypted file."""

    key: bytes
    """32 bytes."""

    nonce: bytes
    """24 bytes, as in its header."""


@dataclass(frozen=True, slots=True)
class Padded:
    """Zeros where no provider has what belongs there; everything else is as posted."""

    holes: tuple[Span, ...]
    """In order, apart from each other, inside the file, none empty."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The bytes themselves; the map has none."""

    content: bytes


Transform: TypeAlias = Encrypted | RcloneCrypt | Padded | Unpacked


def size_after(stored: int, transform: Transform | None) -> int:
    """How many bytes a file has whose map has ``stored``.

    Raises:
        ValueError: They do not fit together.
    """
    match transform:
        case Encrypted(strands, below):
            if sum(strand.stored for strand in strands) != size_after(stored, below):
                raise ValueError("the chains are not as long as the map")
            return sum(strand.size for strand in strands)
        case RcloneCrypt():
            try:
                return rclone.plain_size(stored)
            except rclone.RcloneError as error:
                raise ValueError(str(error)) from None
        case Padded(holes):
            _check_holes(holes, stored)
            return stored
        case Unpacked(content):
            if stored:
                raise ValueError("there is a map, and what was unpacked too")
            return len(content)
        case None:
            return stored


def _check_holes(holes: tuple[Span, ...], size: int) -> None:
    end = -1
    for hole in holes:
        if hole.start <= end or not hole or hole.stop > size:
            raise ValueError("holes lie outside, or in disorder")
        end = hole.stop
