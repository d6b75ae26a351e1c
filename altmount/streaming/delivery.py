"""A body on its way to a client: the headers wait until its first bytes are at hand."""

from __future__ import annotations

import asyncio

from aiohttp import web

from altmount.errors import AltmountError, PermanentError
from altmount.reader.source import Chunks

Bytes = bytes | memoryview


class ClientLeftError(AltmountError):
    """The client hung up. Nobody is left to be told."""


class ClientStalledError(AltmountError):
    """The client took nothing for so long that it is taken for gone."""


class SourceLengthError(PermanentError):
    """A source gave another number of bytes than it said."""


class Delivery:
    """One response, whose headers are sent with the first write.

    Until then an error can still become a status; after that the only honest end of a
    broken body is :meth:`cut_off`.
    """

    def __init__(
        self, request: web.Request, response: web.StreamResponse, patience_seconds: float
    ) -> None:
        self._request = request
        self._response = response
        self._patience = patience_seconds
        self._loop = asyncio.get_running_loop()
        self._writing_since: float | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._stalled = False
        self.sent = 0
        """How many bytes the kernel has taken, headers not counted."""

    @property
    def begun(self) -> bool:
        return self._response.prepared

    async def send(self, chunks: Chunks, length: int, *, head: bytes = b"") -> None:
        """Send what chunks hold, uncopied, which must be ``length`` bytes.

        Args:
            chunks: Of a source.
            length: Above 0.
            head: What goes before them, once the first of them is there.

        Raises:
            SourceLengthError: They hold more or less. No byte too many is sent.
            ClientLeftError: The client hung up.
            ClientStalledError: It took nothing for as long as it may.
        """
        left = length
        async for chunk in chunks:
            if not chunk:
                continue
            left -= chunk.nbytes
            if left < 0:
                raise SourceLengthError(f"its contents go on after all {length} bytes")
            if head:
                await self.write(head)
                head = b""
            await self.write(chunk)
        if left:
            raise SourceLengthError(f"its contents end {left} bytes early")

    async def write(self, data: Bytes) -> None:
        """Send some bytes; when this returns, the kernel has them and ``data`` may change.

        Raises:
            ClientLeftError: The client hung up.
            ClientStalledError: It took nothing for as long as it may.
        """
        self._writing_since = self._loop.time()
        try:
            if not self._response.prepared:
                await self._begin()
            await self._response.write(data)
            await self._request.writer.drain()
        except ConnectionError:
            if self._stalled:
                said = f"the client took nothing for {self._patience} s"
                raise ClientStalledError(said) from None
            raise ClientLeftError from None
        self._writing_since = None
        self.sent += len(data)
        # A client that takes all at once would keep the loop to itself while there are chunks.
        await asyncio.sleep(0)

    def close(self) -> None:
        """Stop watching the client."""
        if self._watch is not None:
            self._watch.cancel()

    def cut_off(self) -> None:
        """End a body short of its length, which the client sees as a connection that breaks.

        Leaving the connection open would let the client wait for the rest forever.
        """
        self._response.force_close()
        transport = self._request.transport
        if transport is not None:
            transport.abort()

    def _look(self) -> None:
        """See whether a write is over its time; one timer serves all of them."""
        now = self._loop.time()
        since = self._writing_since if self._writing_since is not None else now
        if now - since < self._patience:
            self._watch = self._loop.call_at(since + self._patience, self._look)
            return
        self._stalled = True
        if self._request.transport is not None:
            self._request.transport.abort()

    async def _begin(self) -> None:
        self._watch = self._loop.call_later(self._patience, self._look)
        if self._request.transport is not None:
            # Nothing of ours is left in user space when a write is over: a chunk is only
            # lent, and what went before an error is not lost with the connection.
            self._request.transport.set_write_buffer_limits(high=0)
        await self._response.prepare(self._request)
        # By themselves: joined with the first chunk they would be copied together with it.
        await self._response.write(b"")
