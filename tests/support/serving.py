"""The HTTP side on a real port, and a client that sees every byte of the conversation."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from altmount.auth.caller import Access
from altmount.auth.gate import Policy
from altmount.streaming.handler import DOWNLOAD_RESOURCES, FileStreaming
from altmount.streaming.monitor import Streams
from altmount.web import errors
from altmount.web.attempts import FailedLogins
from altmount.web.auth import Door
from altmount.web.permits import Permits
from altmount.web.probes import OPEN_RESOURCES, Probes
from altmount.web.readiness import Readiness
from tests.support.people import Town


def streaming_application(
    library,
    *,
    streams=None,
    gate=None,
    permits=None,
    readiness=None,
    clock=time.monotonic,
    **options,
):
    """What the composition root makes of the streaming parts; open to all without a gate."""
    if readiness is None:
        readiness = Readiness()
        readiness.be_ready()
    probes, streaming = Probes(readiness), FileStreaming(library, streams or Streams(), **options)
    files = Access.OPEN if gate is None else Access.FILES
    said = dict.fromkeys(OPEN_RESOURCES, Access.OPEN) | dict.fromkeys(DOWNLOAD_RESOURCES, files)
    door = Door(
        gate or Town().gate(Policy(login_required=False)),
        Permits(said | (permits or {})),
        FailedLogins(clock),
        _as_it_was,
    )
    application = web.Application(
        middlewares=[errors.middleware, probes.middleware, door.middleware]
    )
    application.add_routes([*probes.routes, *streaming.routes, *streaming.api])
    return application


async def _as_it_was():
    """Nobody changes who may come in."""


@asynccontextmanager
async def serving(application):
    """Run an application as the program does; gives the port."""
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    complete: bool = True

    def __getitem__(self, name):
        return self.headers[name.lower()]


class Client:
    """One connection, speaking plain HTTP; every wait has an end."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    @asynccontextmanager
    async def connect(cls, port=None, **options):
        if "sock" not in options:
            options |= {"host": "127.0.0.1", "port": port}
        client = cls(*await asyncio.open_connection(**options))
        try:
            yield client
        finally:
            client.leave()

    def leave(self):
        """Hang up as a killed player does, whatever is under way."""
        self.writer.transport.abort()

    def send(self, target, *headers, method="GET", version="1.1"):
        lines = [f"{method} {target} HTTP/{version}", "Host: x", *headers, "", ""]
        self.writer.write("\r\n".join(lines).encode("utf-8", "surrogateescape"))

    async def head(self):
        """Status and headers of the next answer."""
        async with asyncio.timeout(10):
            raw = await self.reader.readuntil(b"\r\n\r\n")
        status, *fields = raw.decode("latin-1").split("\r\n")[:-2]
        headers = {}
        for field in fields:
            name, _, value = field.partition(": ")
            assert name.lower() not in headers
            headers[name.lower()] = value
        return Answer(int(status.split()[1]), headers, b"")

    async def answer(self, *, method="GET"):
        """The next answer; not complete where the connection broke within the body."""
        head = await self.head()
        empty = method == "HEAD" or head.status in {204, 304}
        length = 0 if empty else int(head["content-length"])
        try:
            async with asyncio.timeout(10):
                body = await self.reader.readexactly(length)
        except asyncio.IncompleteReadError as error:
            return Answer(head.status, head.headers, error.partial, complete=False)
        return Answer(head.status, head.headers, body)

    async def get(self, target, *headers, method="GET", version="1.1"):
        self.send(target, *headers, method=method, version=version)
        return await self.answer(method=method)

    async def at_end(self):
        """Whether the server has hung up, with nothing more said."""
        async with asyncio.timeout(10):
            try:
                return await self.reader.read(1) == b""
            except ConnectionError:
                return True


def small_buffers():
    """A connected-to-be socket that takes in little, for a client that stops reading."""
    plug = socket.socket()
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return plug
