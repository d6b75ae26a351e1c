"""Posts of real bytes: files on disk, and what a test makes up."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from altmount.errors import InvalidRequestError, NotFoundError
from altmount.newsserver.posting import Envelope, Posting
from altmount.newsserver.yenc import Piece, whole_body_of


class Content(Protocol):
    """Bytes that were posted."""

    @property
    def size(self) -> int: ...

    @property
    def identity(self) -> str:
        """What tells it from other content; the same after a restart."""

    def read(self, start: int, stop: int) -> bytes:
        """Bytes ``start`` to ``stop``, exclusive.

        Raises:
            OSError: They are not there any more.
        """


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file on disk, opened for each read: thousands of posts hold no file open."""

    path: Path
    size: int
    modified: int
    """Nanoseconds since the epoch."""

    @classmethod
    def at(cls, path: Path) -> FileContent:
        """The file at a path.

        Raises:
            NotFoundError: There is none.
            InvalidRequestError: It is no regular file.
        """
        try:
            status = path.stat()
        except OSError as error:
            raise NotFoundError(f"cannot post {path}: {error.strerror}") from error
        if not path.is_file():
            raise InvalidRequestError(f"cannot post {path}: it is not a file")
        return cls(path.absolute(), status.st_size, status.st_mtime_ns)

    @property
    def identity(self) -> str:
        return f"{self.path}\0{self.modified}"

    def read(self, start: int, stop: int) -> bytes:
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            data = os.pread(descriptor, stop - start, start)
        finally:
            os.close(descriptor)
        if len(data) != stop - start:
            raise OSError(f"{self.path} was cut after it was posted")
        return data


@dataclass(frozen=True, slots=True)
class MemoryContent:
    """Bytes in memory."""

    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def identity(self) -> str:
        return hashlib.blake2b(self.data, digest_size=16).hexdigest()

    def read(self, start: int, stop: int) -> bytes:
        return self.data[start:stop]


class EncodedBodies:
    """The bodies that were encoded last, up to a number of bytes."""

    def __init__(self, limit: int = 64 * 1024 * 1024) -> None:
        self._limit = limit
        self._bytes = 0
        self._bodies: OrderedDict[str, tuple[Piece, ...]] = OrderedDict()

    def get(self, message_id: str) -> tuple[Piece, ...] | None:
        body = self._bodies.get(message_id)
        if body is not None:
            self._bodies.move_to_end(message_id)
        return body

    def put(self, message_id: str, body: tuple[Piece, ...]) -> None:
        self._bodies[message_id] = body
        self._bytes += sum(map(len, body))
        while self._bytes > self._limit:
            _, oldest = self._bodies.popitem(last=False)
            self._bytes -= sum(map(len, oldest))


class ContentPosting(Posting):
    """A posted file whose bytes lie somewhere.

    Raises:
        InvalidRequestError: There are none.
    """

    def __init__(
        self, name: str, content: Content, encoded: EncodedBodies, envelope: Envelope | None = None
    ) -> None:
        if not content.size:
            raise InvalidRequestError(f"cannot post {name}: it is empty")
        super().__init__(name, content.size, envelope)
        facts = "\0".join((name, content.identity, str(content.size), repr(self.envelope)))
        digest = hashlib.blake2b(facts.encode("utf-8", "surrogateescape"), digest_size=12)
        #: Tells its Message-IDs from those of other posts; the same after a restart.
        self.token = digest.hexdigest()
        self._content = content
        self._encoded = encoded

    def message_id(self, number: int) -> str:
        return f"p{number}.{self.token}@posted"

    def payload(self, number: int) -> bytes:
        part = self.header(number)
        return self._content.read(part.begin, part.begin + part.size)

    def body(self, number: int) -> tuple[Piece, ...]:
        message_id = self.message_id(number)
        body = self._encoded.get(message_id)
        if body is None:
            body = whole_body_of(self.header(number), self.payload(number))
            self._encoded.put(message_id, body)
        return body
