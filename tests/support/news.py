"""A news server in memory, for the client's unit tests."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager

from altmount.aio.budget import ByteBudget
from altmount.nntp.provider import Provider
from altmount.nntp.providers import Providers
from tests.support.payloads import yenc_article


class FakeServer:
    """Speaks NNTP to protocols that are dialled to it, without a socket.

    While ``may_accept``, ``may_greet``, ``may_answer`` or ``may_hang_up`` is clear, it waits there.
    ``answers`` are whole answers by Message-ID, for what is not an ordinary article. ``cap`` is
    how many connections it lets in.
    """

    def __init__(self, bodies=()):
        self.bodies = dict(bodies)
        self.answers = {}
        self.greeting = b"200 ready\r\n"
        self.login = b"281 welcome\r\n"
        self.password = b"281 welcome\r\n"
        self.date = b"111 20261125000000\r\n"
        self.refuse_dials = None
        self.cap = None
        self.asked = []
        self.logins = []
        self.dialled = 0
        self.probed = 0
        self.most_open = 0
        self.transports = []
        self.may_accept = asyncio.Event()
        self.may_greet = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_hang_up = asyncio.Event()
        for event in (self.may_accept, self.may_greet, self.may_answer, self.may_hang_up):
            event.set()

    @property
    def open(self):
        return sum(not transport.closed for transport in self.transports)

    async def hang_up(self):
        """End all connections, and wait until the client has seen it."""
        for transport in self.transports:
            transport.close()
        await asyncio.sleep(0)

    async def dial(self, factory):
        self.dialled += 1
        await self.may_accept.wait()
        if self.refuse_dials is not None:
            raise self.refuse_dials
        transport = FakeTransport(self, factory())
        self.transports.append(transport)
        self.most_open = max(self.most_open, self.open)
        transport.start()

    def answer(self, line):  # noqa: PLR0911 a table of answers
        verb, _, argument = line.decode().partition(" ")
        if verb == "AUTHINFO":
            self.logins.append(argument)
            return self.login if argument.startswith("USER") else self.password
        if verb == "QUIT":
            return HANG_UP
        if verb == "DATE":
            self.probed += 1
            return self.date
        name = argument.strip("<>")
        self.asked.append((verb, name))
        if name in self.answers:
            answer = self.answers[name]
            return answer.pop(0) if isinstance(answer, list) else answer
        if name not in self.bodies:
            return b"430 no such article\r\n"
        if verb == "STAT":
            return b"223 0 <%b>\r\n" % name.encode()
        return article(self.bodies[name], name)


HANG_UP = b""
"""An answer that is the end of the connection."""


class FakeTransport(asyncio.Transport):
    """The client's end; what the server says arrives a loop step later."""

    def __init__(self, server, protocol):
        super().__init__()
        self._server = server
        self._protocol = protocol
        self._lines = asyncio.Queue()
        self.closed = False
        self._task = None

    def start(self):
        self._protocol.connection_made(self)
        self._task = asyncio.get_running_loop().create_task(self._serve())

    def write(self, data):
        assert not self.closed
        for line in bytes(data).split(b"\r\n")[:-1]:
            self._lines.put_nowait(line)

    def deliver(self, data):
        view = memoryview(data)
        while view and not self.closed:
            space = self._protocol.get_buffer(-1)
            count = min(len(space), len(view))
            space[:count] = view[:count]
            space.release()
            self._protocol.buffer_updated(count)
            view = view[count:]

    async def _serve(self):
        server = self._server
        await server.may_greet.wait()
        if server.cap is not None and server.open > server.cap:
            self.deliver(b"502 too many connections\r\n")
            return
        self.deliver(server.greeting)
        while True:
            line = await self._lines.get()
            await (server.may_hang_up if line == b"QUIT" else server.may_answer).wait()
            answer = server.answer(line)
            if answer == HANG_UP:
                self.closed = True
                asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)
                return
            self.deliver(answer)

    def abort(self):
        self.close()

    def close(self):
        if not self.closed:
            self.closed = True
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)
            self._task.cancel()


def article(body, name="", **options):
    """The answer of a server that has it."""
    return b"222 0 <%b>\r\n" % name.encode() + yenc_article(body, **options)


def account(name, **options):
    """An account with a server of its own."""
    return Provider(name, f"{name}.example", 119, **options)


@asynccontextmanager
async def providers_of(*servers, backups=(), **options):
    """Providers of fake servers, each with an account ``p0``, ``p1`` … of its own.

    ``options`` are those of all accounts. The ``dial_of`` of the result can be given more.
    """
    numbers = itertools.count()
    dials, accounts = {}, []
    for server in (*servers, *backups):
        one = account(f"p{next(numbers)}", backup=server in backups, **options)
        accounts.append(one)
        dials[one.host] = server.dial
    async with Providers(ByteBudget(1 << 30), dial_of=lambda one: dials[one.host]) as providers:
        providers.apply(accounts)
        yield providers
