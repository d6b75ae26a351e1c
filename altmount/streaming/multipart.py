"""Bodies of one or several parts (RFC 9110, section 14.6), as plans that hold no file bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from altmount.spans import Span
from altmount.streaming.ranges import content_range


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a file's bytes, and what is said before them."""

    head: bytes
    span: Span
    """Never empty."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a body is made of: parts in order, then a tail."""

    parts: tuple[Part, ...]
    tail: bytes = b""

    @property
    def size(self) -> int:
        """Of the body, in bytes."""
        return sum(len(part.head) + len(part.span) for part in self.parts) + len(self.tail)


def plain(span: Span) -> Plan:
    """The bytes of one span and nothing else; no parts where it is empty."""
    return Plan((Part(b"", span),) if span else ())


def multipart(spans: Sequence[Span], *, size: int, content_type: str, boundary: str) -> Plan:
    """A ``multipart/byteranges`` body.

    Args:
        spans: What is asked for, none of it empty.
        size: Of the whole file, in bytes.
        content_type: Of the file.
        boundary: What lies between parts; random, as it must not occur in the file.
    """
    parts = tuple(
        Part(
            f"{'' if index == 0 else chr(13) + chr(10)}--{boundary}\r\n"
            f"Content-Type: {content_type}\r\n"
            f"Content-Range: {content_range(span, size)}\r\n"
            "\r\n".encode("ascii"),
            span,
        )
        for index, span in enumerate(spans)
    )
    return Plan(parts, f"\r\n--{boundary}--\r\n".encode("ascii"))
