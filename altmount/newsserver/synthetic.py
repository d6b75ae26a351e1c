"""Synthetic posts: files that are computed from the Message-IDs of their articles alone.

A server can "store" terabytes of them, and whoever reads one can compute what it should have
read. Each part is one line of text that no other part has, and then a run of random bytes that
starts somewhere else for each seed and part.
"""

from __future__ import annotations

import re
import zlib
from typing import Self

from sabctools import crc32_combine

from altmount.errors import InvalidRequestError
from altmount.newsserver.posting import LARGEST_ARTICLE, Envelope, Posting
from altmount.newsserver.ring import ring
from altmount.newsserver.yenc import ARTICLE_SIZE, LINE, Piece

SEEDS = 10**18
"""A seed is a number from 0 up to, and not including, this. Files of other seeds differ."""

LARGEST_FILE = 1 << 50
"""Bytes of the largest synthetic file."""

_MESSAGE_ID = re.compile(
    r"s(0|[1-9]\d{0,17})\.([1-9]\d{0,15})\.([1-9]\d{0,7})\.([1-9]\d{0,15})@synthetic", re.ASCII
)
_ENCODED = bytes((value + 42) % 256 for value in range(256))
_FILM = b"\x1a\x45\xdf\xa3"
"""What a Matroska file begins with, so that a synthetic one passes for a film."""

_MASK = (1 << 64) - 1


class SyntheticPosting(Posting):
    """A file that needs no place to lie in.

    Raises:
        InvalidRequestError: The seed or the size is out of bounds.
    """

    def __init__(
        self,
        seed: int,
        size: int,
        envelope: Envelope | None = None,
        *,
        name: str | None = None,
    ) -> None:
        if not 0 <= seed < SEEDS:
            raise InvalidRequestError(f"a seed is a number from 0 to {SEEDS - 1}, not {seed}")
        if not 0 < size <= LARGEST_FILE:
            raise InvalidRequestError(f"a synthetic file has 1 to {LARGEST_FILE} bytes, not {size}")
        super().__init__(name or f"synthetic-{seed}.mkv", size, envelope)
        self.seed = seed

    def message_id(self, number: int) -> str:
        return f"s{self.seed}.{self.size}.{self.envelope.article_size}.{number}@synthetic"

    def payload(self, number: int) -> bytes:
        part = self.header(number)
        return payload(
            self.seed,
            part.begin,
            part.begin + part.size,
            article_size=self.envelope.article_size,
        )

    def body(self, number: int) -> tuple[Piece, ...]:
        part = self.header(number)
        first = _first_line(self.seed, number)[: part.size]
        run, checksum = ring().run(_ring_line(self.seed, number), part.size - len(first))
        crc = crc32_combine(zlib.crc32(first), checksum, part.size - len(first))
        opening = part.opening() + first.translate(_ENCODED) + b"\r\n"
        return opening, *run, part.closing(crc)

    @classmethod
    def of(cls, message_id: str) -> tuple[Self, int] | None:
        """The file and the part's number, from 1, that a Message-ID speaks of, if it does."""
        match = _MESSAGE_ID.fullmatch(message_id)
        if match is None:
            return None
        seed, size, article_size, number = map(int, match.groups())
        if (
            size > LARGEST_FILE
            or article_size > LARGEST_ARTICLE
            or (number - 1) * article_size >= size
        ):
            return None
        return cls(seed, size, Envelope(article_size)), number


def payload(seed: int, start: int, stop: int, *, article_size: int = ARTICLE_SIZE) -> bytes:
    """Bytes ``start`` to ``stop``, exclusive, of the synthetic file of a seed.

    They are the same for every file size, but not for every article size.
    """
    pieces: list[Piece] = []
    while start < stop:
        index, offset = divmod(start, article_size)
        end = min(article_size, offset + stop - start)
        number = index + 1
        pieces.append(_first_line(seed, number)[offset:end])
        if end > LINE:
            line = _ring_line(seed, number)
            pieces += ring().read(line, max(offset - LINE, 0), end - LINE)
        start += end - offset
    return b"".join(pieces)


def _first_line(seed: int, number: int) -> bytes:
    # Nothing in it is escaped by yEnc, so that it is exactly one line.
    text = f"synthetic file {seed}, part {number}: ".encode("ascii")
    return (_FILM + text if number == 1 else text).ljust(LINE, b"*")


def _ring_line(seed: int, number: int) -> int:
    # The finalizer of SplitMix64 (Steele, Lea, Flood 2014): neighbours come out far apart.
    mixed = (seed * 0x9E3779B97F4A7C15 + number * 0xD1B54A32D192ED03) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ (mixed >> 31)) % ring().lines
