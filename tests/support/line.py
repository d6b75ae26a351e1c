"""A line to a news server in memory: no socket, so that a jumping clock tells the time."""

from __future__ import annotations

import asyncio
from collections import Counter

from altmount.aio.scope import TaskScope
from altmount.newsserver.knobs import Knobs
from altmount.newsserver.session import Session
from altmount.newsserver.site import Site
from altmount.newsserver.spool import Spool
from altmount.nntp.errors import UnreachableError

# How long a call is tried over a line that is down, in seconds.
_CALL_SECONDS = 10.0


class Line:
    """Dials the project's own news server, with all its knobs, inside its ``async with``.

    While ``up`` is clear the line is cut: nothing that is said arrives, and nobody is told. What
    was said meanwhile arrives once it is up again (:meth:`restore`), as TCP sends it again.
    """

    def __init__(self, **knobs):
        self.site = Site(Knobs(**knobs), Spool())
        self.sessions = set()
        self.asked_at = {}
        """When each article was asked for, by Message-ID."""

        self._held = []
        self.up = asyncio.Event()
        self.up.set()
        self._scope = TaskScope()

    @property
    def requests(self) -> Counter:
        return self.site.counters.now.body_requests

    async def __aenter__(self):
        await self._scope.__aenter__()
        arrived = self.site.counters.arrived

        def note(kind, message_id):
            if message_id:
                self.asked_at.setdefault(message_id, []).append(asyncio.get_running_loop().time())
            arrived(kind, message_id)

        self.site.counters.arrived = note
        return self

    async def __aexit__(self, *reason):
        for session in list(self.sessions):
            await session.abort()
        await self._scope.__aexit__(*reason)

    def restore(self):
        """The line is up again."""
        self.up.set()
        for deliver in self._held:
            asyncio.get_running_loop().call_soon(deliver)
        self._held.clear()

    def hold(self, deliver):
        """Call ``deliver`` once the line is up again."""
        self._held.append(deliver)

    async def dial(self, factory):
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                await self.up.wait()
        except TimeoutError:
            raise UnreachableError("the line is cut", silent=True) from None
        await asyncio.sleep(self.site.knobs.latency)  # the handshake
        session = Session(
            self.site, lambda work: self._scope.start(work, name="session"), self.sessions
        )
        client = factory()
        near, far = _End(client, self), _End(session, self)
        near.peer, far.peer = far, near
        session.connection_made(far)
        client.connection_made(near)


class _End(asyncio.Transport):
    """One end; what is written arrives at the other a step of the loop later."""

    def __init__(self, protocol, line):
        super().__init__()
        self.protocol = protocol
        self._line = line
        self._held = bytearray()
        self.peer = None
        self._closed = False
        self._loop = asyncio.get_running_loop()

    def write(self, data):
        if self._closed:
            return
        if self._line.up.is_set():
            self._loop.call_soon(self.peer.receive, bytes(data))
            return
        if not self._held:
            self._line.hold(self._deliver)
        self._held += data

    def _deliver(self):
        data = bytes(self._held)
        self._held.clear()
        self.peer.receive(data)

    def writelines(self, pieces):
        self.write(b"".join(pieces))

    def receive(self, data):
        if not isinstance(self.protocol, asyncio.BufferedProtocol):
            if not self._closed:
                self.protocol.data_received(data)
            return
        view = memoryview(data)
        while view and not self._closed:
            space = self.protocol.get_buffer(-1)
            count = min(len(space), len(view))
            space[:count] = view[:count]
            space.release()
            self.protocol.buffer_updated(count)
            view = view[count:]

    def close(self):
        for end in (self, self.peer):
            if not end._closed:
                end._closed = True
                self._loop.call_soon(end.protocol.connection_lost, None)

    abort = close

    def is_closing(self):
        return self._closed

    def pause_reading(self):
        """Commands are few: nothing is held back."""

    resume_reading = pause_reading
