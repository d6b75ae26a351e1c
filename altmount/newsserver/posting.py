"""Posted files: what all kinds of them have in common."""

from __future__ import annotations

import abc
from dataclasses import dataclass
from datetime import UTC, datetime

from altmount.errors import InvalidRequestError
from altmount.newsserver.yenc import ARTICLE_SIZE, PartHeader, Piece

LARGEST_ARTICLE = 16 * 1024 * 1024
"""Decoded bytes of the largest article that can be posted."""

_POSTED = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a poster may choose about a file besides its bytes."""

    article_size: int = ARTICLE_SIZE
    """Decoded bytes of each article but the last."""

    yenc_name: str | None = None
    """The name in the yEnc headers; the file's own where ``None``. Another one obfuscates."""

    subject: str | None = None
    """The whole subject in the NZB; the usual ``[1/1] - "name" yEnc (1/n)`` where ``None``."""

    poster: str = "Poster <poster@example.invalid>"
    groups: tuple[str, ...] = ("alt.binaries.test",)
    posted: datetime = _POSTED

    salt: str = ""
    """Makes other Message-IDs, so that the same file can be posted twice."""

    def __post_init__(self) -> None:
        for text in (self.yenc_name or "", self.subject or "", self.poster, *self.groups):
            refuse_line_ends(text)
        if not 0 < self.article_size <= LARGEST_ARTICLE:
            raise InvalidRequestError(
                f"an article holds 1 to {LARGEST_ARTICLE} bytes, not {self.article_size}"
            )


class Posting(abc.ABC):
    """One posted file: its articles are computed when they are asked for."""

    def __init__(self, name: str, size: int, envelope: Envelope | None = None) -> None:
        refuse_line_ends(name)
        self.name = name
        self.size = size
        self.envelope = envelope or Envelope()

    @property
    def total(self) -> int:
        """How many articles it has."""
        return -(-self.size // self.envelope.article_size)

    def header(self, number: int) -> PartHeader:
        """What part ``number``, from 1, says of itself."""
        size = self.envelope.article_size
        begin = (number - 1) * size
        return PartHeader(
            name=self.envelope.yenc_name or self.name,
            number=number,
            total=self.total,
            file_size=self.size,
            begin=begin,
            size=min(size, self.size - begin),
        )

    def subject(self, number: int, *, file: int = 1, files: int = 1) -> str:
        """The subject of part ``number``, of a post's ``file``-th of so many files, all from 1."""
        if self.envelope.subject is not None:
            return self.envelope.subject
        return f'[{file}/{files}] - "{self.name}" yEnc ({number}/{self.total})'

    @abc.abstractmethod
    def message_id(self, number: int) -> str:
        """The Message-ID of part ``number``, from 1, without angle brackets."""

    @abc.abstractmethod
    def payload(self, number: int) -> bytes:
        """The decoded bytes of part ``number``, from 1.

        Raises:
            OSError: They cannot be read any more.
        """

    @abc.abstractmethod
    def body(self, number: int) -> tuple[Piece, ...]:
        """The body of part ``number``, from 1: dot-stuffed, without the last line's lone dot.

        Raises:
            OSError: It cannot be read any more.
        """


def refuse_line_ends(text: str) -> None:
    """A line end in a header would start another header.

    Raises:
        InvalidRequestError: There is one, or a NUL.
    """
    if any(character in text for character in "\r\n\0"):
        raise InvalidRequestError(f"{text!r} cannot be posted: it has a line end or a NUL in it")
