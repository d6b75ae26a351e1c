"""The text of yEnc articles, as it goes over the wire (yEnc draft 1.3, RFC 3977 3.1.1)."""

from __future__ import annotations

from dataclasses import dataclass

from sabctools import yenc_encode

LINE = 128
"""Encoded characters per line; an escape may make it one more."""

ARTICLE_SIZE = 716_800
"""Decoded bytes per article that most posters use."""

_STUFFED = 65_536

Piece = bytes | memoryview
"""Some of an answer's bytes."""


@dataclass(frozen=True, slots=True)
class PartHeader:
    """What an article's yEnc lines say of it."""

    name: str
    """The posted file's name as the yEnc header gives it."""

    number: int
    """Which part, from 1."""

    total: int
    """How many parts the file has."""

    file_size: int
    """Decoded size of the whole file, in bytes."""

    begin: int
    """Offset of the part's first byte in the file, from 0 (the header itself counts from 1)."""

    size: int
    """Decoded size of the part, in bytes."""

    def opening(self) -> bytes:
        """The lines before the data."""
        return (
            f"=ybegin part={self.number} total={self.total} line={LINE} size={self.file_size}"
            f" name={self.name}\r\n=ypart begin={self.begin + 1} end={self.begin + self.size}\r\n"
        ).encode("utf-8", "surrogateescape")

    def closing(self, crc: int | None) -> bytes:
        """The line after the data; without a checksum where ``crc`` is ``None``."""
        checksum = "" if crc is None else f" pcrc32={crc:08x}"
        return f"=yend size={self.size} part={self.number}{checksum}\r\n".encode("ascii")


def encode(payload: bytes) -> tuple[tuple[Piece, ...], int]:
    """Bytes as whole lines of yEnc, each with its line end, and their CRC32.

    A dot at the start of a line can be escaped or stuffed with a second one; posters do either.
    Here the lines of the first 64 KiB have it stuffed and the others escaped, so that a client
    that cannot undo both is found out. (Looking for them everywhere takes longer than encoding.)
    """
    if not payload:
        return (), 0
    text, crc = yenc_encode(payload)
    return (stuffed(text[:_STUFFED]), memoryview(text)[_STUFFED:], b"\r\n"), crc


def stuffed(text: bytes) -> bytes:
    """The text with every dot that is escaped at the start of a line stuffed instead."""
    # No other byte is escaped as "=n". It is as long as "..", so nothing moves.
    return text.replace(b"=n", b"..")


def body_of(header: PartHeader, payload: bytes, *, crc: int | None) -> tuple[Piece, ...]:
    """An article's body: ``payload`` under ``header``, whether or not they agree."""
    return header.opening(), *encode(payload)[0], header.closing(crc)


def whole_body_of(header: PartHeader, payload: bytes) -> tuple[Piece, ...]:
    """An article's body with the checksum of what is in it."""
    pieces, crc = encode(payload)
    return header.opening(), *pieces, header.closing(crc)
