"""Proxies on loopback: SOCKS5 (RFC 1928, RFC 1929) and HTTP CONNECT (RFC 9110 9.3.6)."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
from contextlib import asynccontextmanager, suppress


class RefusedError(Exception):
    """The proxy does not do what it is asked."""


@asynccontextmanager
async def proxy(kind, login=None, *, connects=True):
    """A proxy, inside the block; it speaks ``socks5`` or ``http``.

    Args:
        kind: What it speaks.
        login: ``name:password`` that it insists on.
        connects: Whether it connects anyone to anything.
    """
    running = Proxy(kind, login, connects=connects)
    server = await asyncio.start_server(running.serve, "127.0.0.1", 0)
    running.port = server.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        server.close()
        for task in running.tasks:
            task.cancel()
        await asyncio.gather(*running.tasks, return_exceptions=True)


class Proxy:
    def __init__(self, kind, login, *, connects):
        self.kind = kind
        self.login = login
        self.connects = connects
        self.asked = []
        """Where it was asked to connect to, as it was said."""
        self.port = 0
        self.tasks = set()

    async def serve(self, reader, writer):
        task = asyncio.current_task()
        self.tasks.add(task)
        try:
            agree = self._socks if self.kind == "socks5" else self._http
            host, port = await agree(reader, writer)
            far_reader, far_writer = await asyncio.open_connection(host, port)
            try:
                await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
            finally:
                far_writer.close()
        except (RefusedError, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self.tasks.discard(task)

    async def _socks(self, reader, writer):
        version, count = await reader.readexactly(2)
        assert version == 5
        offered = await reader.readexactly(count)
        wanted = 2 if self.login else 0
        if wanted not in offered:
            writer.write(b"\x05\xff")
            raise RefusedError
        writer.write(bytes([5, wanted]))
        if self.login:
            _, length = await reader.readexactly(2)
            name = await reader.readexactly(length)
            [length] = await reader.readexactly(1)
            password = await reader.readexactly(length)
            right = b"%b:%b" % (name, password) == self.login.encode()
            writer.write(b"\x01\x00" if right else b"\x01\x01")
            if not right:
                raise RefusedError
        _, command, _, kind = await reader.readexactly(4)
        assert command == 1
        if kind == 3:
            [length] = await reader.readexactly(1)
            host = (await reader.readexactly(length)).decode()
        else:
            host = str(ipaddress.ip_address(await reader.readexactly(4 if kind == 1 else 16)))
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append((host, port))
        writer.write(bytes([5, 0 if self.connects else 2, 0, 1]) + bytes(6))
        if not self.connects:
            raise RefusedError
        return host, port

    async def _http(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.split("\r\n")[0].split(" ")
        assert method == "CONNECT"
        if self.login:
            wanted = "Basic " + base64.b64encode(self.login.encode()).decode()
            if wanted not in head:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                raise RefusedError
        host, _, port = target.rpartition(":")
        self.asked.append((host, int(port)))
        if not self.connects:
            writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            raise RefusedError
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return host, int(port)


async def _copy(reader, writer):
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
