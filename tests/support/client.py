"""A client over a real socket that leaves when it likes."""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

from tests.support.program import PASSWORD, USER


@dataclass
class Reply:
    status: int
    headers: dict
    reader: object
    body: bytes = b""
    cut: bool = False
    """The connection ended before the body was whole."""

    def __post_init__(self):
        self.length = int(self.headers.get("content-length", 0))


@asynccontextmanager
async def asking(port, target, *, headers=(), method="GET", login=True, limit=1 << 20):
    """Ask, and have the reply without its body inside the block; leaving it hangs up at once."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=limit)
    try:
        lines = [f"{method} {target} HTTP/1.1", "Host: test", *headers]
        if login:
            token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            lines.append(f"Authorization: Basic {token}")
        writer.write("\r\n".join([*lines, "", ""]).encode())
        yield reader
    finally:
        writer.transport.abort()


async def head_of(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    status, *lines = head.strip().split("\r\n")
    pairs = (line.split(": ", 1) for line in lines)
    return Reply(int(status.split()[1]), {name.lower(): value for name, value in pairs}, reader)


async def fetch(port, target, **options):
    """A whole reply."""
    async with asking(port, target, **options) as reader:
        reply = await head_of(reader)
        if options.get("method") == "HEAD":
            return reply
        try:
            reply.body = await reader.readexactly(reply.length)
        except asyncio.IncompleteReadError as error:
            reply.body, reply.cut = error.partial, True
        except ConnectionResetError:
            reply.cut = True
        return reply


async def fetch_range(port, target, start, stop):
    """The bytes from ``start`` up to, and not including, ``stop``."""
    return await fetch(port, target, headers=[f"Range: bytes={start}-{stop - 1}"])


def target_of(path):
    return f"/files{quote(path)}"
