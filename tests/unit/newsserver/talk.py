"""The other end of the news server, as plainly as can be: a client, and a yEnc decoder."""

from __future__ import annotations

import asyncio
import re
import zlib
from dataclasses import dataclass

import sabctools

MULTI_LINE = {101, 220, 221, 222}


@dataclass
class Reply:
    code: int
    text: str
    block: bytes = b""


class Client:
    """One connection with the server, inside its ``async with``."""

    def __init__(self, port, *, tls=None):
        self._port = port
        self._tls = tls

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self._port, ssl=self._tls, limit=1 << 22
        )
        return self

    async def __aexit__(self, *_):
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            pass

    def send(self, *commands):
        self.writer.write("".join(f"{command}\r\n" for command in commands).encode())

    async def reply(self):
        line = await self.reader.readuntil(b"\r\n")
        code, _, text = line.decode().rstrip("\r\n").partition(" ")
        reply = Reply(int(code), text)
        if reply.code in MULTI_LINE:
            while (line := await self.reader.readuntil(b"\r\n")) != b".\r\n":
                reply.block += line[1:] if line.startswith(b".") else line
        return reply

    async def say(self, *commands):
        self.send(*commands)
        return [await self.reply() for _ in commands]


@dataclass
class Decoded:
    opening: dict
    part: dict
    closing: dict
    payload: bytes

    @property
    def checks(self):
        return zlib.crc32(self.payload) == int(self.closing["pcrc32"], 16)


def yenc_decode(block):
    """Decode an unstuffed yEnc body by the letter of the format, slowly."""
    lines = block.split(b"\r\n")
    assert lines.pop() == b""
    opening, part, closing = (_fields(line) for line in (lines[0], lines[1], lines[-1]))
    payload = bytearray()
    for line in lines[2:-1]:
        assert len(line) <= 130
        assert not {0, 10, 13} & set(line)
        escaped = False
        for byte in line:
            if escaped:
                payload.append((byte - 64 - 42) % 256)
                escaped = False
            elif byte == ord("="):
                escaped = True
            else:
                payload.append((byte - 42) % 256)
        assert not escaped
    return Decoded(opening, part, closing, bytes(payload))


def _fields(line):
    head, _, name = line.decode().partition(" name=")
    assert head.startswith(("=ybegin ", "=ypart ", "=yend "))
    fields = dict(re.findall(r"(\w+)=(\S+)", head))
    return fields | ({"name": name} if name else {})


def unstuffed(pieces):
    """A body's text as the client sees it once it has undone the dot-stuffing."""
    lines = b"".join(pieces).split(b"\r\n")
    assert b"." not in lines
    return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)


def decoded(pieces):
    """What sabctools makes of a body."""
    decoder = sabctools.Decoder(1 << 16)
    wire = b"222 0 <x>\r\n" + b"".join(pieces) + b".\r\n"
    while wire:
        room = memoryview(decoder)
        size = min(len(room), len(wire))
        room[:size], wire = wire[:size], wire[size:]
        room.release()
        decoder.process(size)
    [response] = decoder
    return response
