"""A connection in memory, so that the server's waits can be watched by a jumping clock."""

from __future__ import annotations

import asyncio

from altmount.newsserver.session import Session
from tests.support.clock import jumping_loop


class Wire(asyncio.Transport):
    """What a session writes to: remembers what was written when, and pauses when told to."""

    def __init__(self, most_unread=None):
        super().__init__()
        self.writes = []
        self.closed_at = None
        self.aborted = False
        self.reading = True
        self.unread = 0
        self.most_unread = most_unread
        self.peak = 0

    @classmethod
    def to(cls, site, scope, **values):
        """A connection that is open, and the session at its other end."""
        wire = cls(**values)
        session = Session(site, lambda work: scope.start(work, name="session"), set())
        wire.session = session
        session.connection_made(wire)
        return wire

    def write(self, data):
        now = asyncio.get_running_loop().time()
        self.writes.append((now, bytes(data)))
        self.unread += len(data)
        self.peak = max(self.peak, self.unread)
        if self.most_unread is not None and self.unread > self.most_unread:
            self.session.pause_writing()

    def writelines(self, pieces):
        self.write(b"".join(pieces))

    def take(self):
        """Have the client read all that lies there."""
        self.unread = 0
        self.session.resume_writing()

    def close(self):
        if self.closed_at is None:
            self.closed_at = asyncio.get_running_loop().time()
            asyncio.get_running_loop().call_soon(self.session.connection_lost, None)

    def abort(self):
        self.aborted = True
        self.close()

    def is_closing(self):
        return self.closed_at is not None

    def pause_reading(self):
        self.reading = False

    def resume_reading(self):
        self.reading = True

    @property
    def text(self):
        return b"".join(data for _, data in self.writes)


async def settled():
    """Let everything run that can run without time passing."""
    for _ in range(50):
        await asyncio.sleep(0)


def on_jumping_clock(work):
    """Run a coroutine function on a loop whose clock jumps."""
    with asyncio.Runner(loop_factory=jumping_loop) as runner:
        return runner.run(work())
