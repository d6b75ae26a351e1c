from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from altmount.doctor.client import Login, NoAnswerError, Reply, asking
from altmount.errors import InvalidRequestError
from tests.support.program import free_port

LOGIN = Login("me", "s3cret")


@asynccontextmanager
async def saying(data):
    """Something that says this to everybody, and its port."""

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
    await asyncio.sleep(0)


async def test_no_more_is_taken_than_fits():
    body = bytes(6 << 20)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with saying(head + body) as port, asking(port, LOGIN) as client:
        reply = await client.ask("GET", "/x")
    assert reply.good
    assert len(reply.body) == 4 << 20


@pytest.mark.parametrize(
    "data", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
)
async def test_what_speaks_no_http_or_breaks_off_gives_no_answer(data):
    async with saying(data) as port, asking(port, LOGIN) as client:
        with pytest.raises(NoAnswerError, match=str(port)):
            await client.ask("GET", "/x")


def test_what_is_told_is_an_object_or_nothing():
    def told(body, name=""):
        return Reply(200, {}, body).told(name)

    assert told(b'{"a": {"b": 1}}') == {"a": {"b": 1}}
    assert told(b'{"a": {"b": 1}}', "a") == {"b": 1}
    for body in (b"", b"[1]", b"7", b"\xff", b"[" * 100_000, b'{"a": [1]}', b"null"):
        assert told(body, "a") == {}


async def test_nobody_there_and_a_login_that_cannot_be_shown():
    async with asking(free_port(), LOGIN) as client:
        with pytest.raises(NoAnswerError):
            await client.ask("GET", "/x")
    with pytest.raises(InvalidRequestError, match=r"webdav\.user"):
        async with asking(1, Login("a:b", "c")):
            pass
    assert "s3cret" not in repr(LOGIN)


async def test_where_it_is_sent_on_to_it_does_not_go():
    data = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with saying(data) as port, asking(port, LOGIN) as client:
        assert (await client.ask("GET", "/x")).status == 302
