"""The spool: every article the server has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path

from altmount.newsserver.patched import PatchedPosting
from altmount.newsserver.posting import Envelope, Posting
from altmount.newsserver.posts import (
    Content,
    ContentPosting,
    EncodedBodies,
    FileContent,
    MemoryContent,
)
from altmount.newsserver.synthetic import SyntheticPosting
from altmount.newsserver.yenc import PartHeader, Piece

_POSTED = re.compile(r"p([1-9]\d{0,15})\.([0-9a-f]{24})@posted", re.ASCII)


@dataclass(frozen=True, slots=True)
class Article:
    """One article of a posted file."""

    posting: Posting
    number: int
    """Which part of the file, from 1."""

    @property
    def message_id(self) -> str:
        return self.posting.message_id(self.number)

    @property
    def neighbour(self) -> Article:
        """Another part of the same file; itself where it is the only one."""
        return Article(
            self.posting,
            self.number + 1 if self.number < self.posting.total else max(self.number - 1, 1),
        )

    def header(self) -> PartHeader:
        """What its yEnc lines say of it."""
        return self.posting.header(self.number)

    def payload(self) -> bytes:
        """Its decoded bytes; `Raises` as :meth:`Posting.payload`."""
        return self.posting.payload(self.number)

    def body(self) -> tuple[Piece, ...]:
        """Its body; `Raises` as :meth:`Posting.body`."""
        return self.posting.body(self.number)

    def headers(self) -> bytes:
        """Its header lines, each with its line end (RFC 5536 3.1)."""
        envelope = self.posting.envelope
        return (
            f"Path: newsserver.invalid!not-for-mail\r\nFrom: {envelope.poster}\r\n"
            f"Newsgroups: {','.join(envelope.groups)}\r\n"
            f"Subject: {self.posting.subject(self.number)}\r\n"
            f"Date: {format_datetime(envelope.posted)}\r\nMessage-ID: <{self.message_id}>\r\n"
        ).encode("utf-8", "surrogateescape")


class Spool:
    """Finds articles by their Message-IDs. Synthetic ones need not be posted."""

    def __init__(self) -> None:
        self._postings: dict[str, ContentPosting | PatchedPosting] = {}
        self._encoded = EncodedBodies()

    def post_file(
        self, path: Path, envelope: Envelope | None = None, *, name: str | None = None
    ) -> ContentPosting:
        """Post a file, which is read when its articles are asked for, and must not change.

        Raises:
            NotFoundError: There is no such file.
            InvalidRequestError: It is empty, or no regular file.
        """
        return self._post(name or path.name, FileContent.at(path), envelope)

    def post_bytes(
        self, name: str, data: bytes, envelope: Envelope | None = None
    ) -> ContentPosting:
        """Post bytes as a file.

        Raises:
            InvalidRequestError: There are none.
        """
        return self._post(name, MemoryContent(data), envelope)

    def post_patched(self, posting: PatchedPosting) -> None:
        """Post a synthetic file that has other bytes in some places."""
        self._postings[posting.token] = posting

    def find(self, message_id: str) -> Article | None:
        """The article of that Message-ID, given without angle brackets."""
        synthetic = SyntheticPosting.of(message_id)
        if synthetic is not None:
            return Article(*synthetic)
        match = _POSTED.fullmatch(message_id)
        if match is None:
            return None
        number, posting = int(match[1]), self._postings.get(match[2])
        return Article(posting, number) if posting and number <= posting.total else None

    def _post(self, name: str, content: Content, envelope: Envelope | None) -> ContentPosting:
        posting = ContentPosting(name, content, self._encoded, envelope)
        self._postings[posting.token] = posting
        return posting
