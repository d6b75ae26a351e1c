"""The bodies of requests, taken in whole before anything is done with them.

So a client that leaves in the middle has changed nothing, and one that is slow holds no thread.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from hashlib import blake2b
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from altmount.errors import InvalidRequestError
from altmount.library.errors import TooLargeError

_IN_MEMORY = 1 << 20
_BLOCK = 1 << 16


class Body:
    """Bytes that a client sent, in memory or, if there are many, in a file without a name."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile[bytes](_IN_MEMORY)
        self._digest = blake2b(digest_size=16)
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    def add(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self.size += len(data)

    def whole(self) -> bytes:
        """All of it."""
        self._file.seek(0)
        return self._file.read()

    async def blocks(self) -> AsyncIterator[bytes]:
        """All of it, a little at a time."""
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            yield block


def declared_size(request: web.Request) -> int | None:
    """How many bytes the client says that it will send; None where it does not.

    Finder sends chunks and says in a header of its own how many bytes they will come to.
    """
    if request.content_length is not None:
        return request.content_length
    expected = request.headers.get("X-Expected-Entity-Length", "")
    return int(expected) if re.fullmatch("[0-9]{1,18}", expected) else None


async def receive(request: web.Request, body: Body, limit: int) -> None:
    """Take in a request's body.

    Raises:
        TooLargeError: It has more than ``limit`` bytes; no more of it was read.
        InvalidRequestError: It ended early, or its chunks are broken.
    """
    if (declared_size(request) or 0) > limit:
        raise TooLargeError(f"at most {limit} bytes are taken here")
    if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer proper has not begun
    try:
        async for block in request.content.iter_any():
            if body.size + len(block) > limit:
                raise TooLargeError(f"at most {limit} bytes are taken here")
            body.add(block)
    except (HttpProcessingError, web.RequestPayloadError) as error:
        raise InvalidRequestError(f"the body is broken: {error}") from None


async def expect(request: web.Request) -> None:
    """Leave it to the handler to ask for the body, which it does once it will read it.

    Raises:
        web.HTTPExpectationFailed: Something else is expected than to be asked.
    """
    expected = request.headers.get(hdrs.EXPECT, "")
    if expected.lower() != "100-continue":
        raise web.HTTPExpectationFailed(text=f"what {expected[:40]!r} means is not known here")
