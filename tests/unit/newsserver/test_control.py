from __future__ import annotations

import asyncio
import json

import pytest

from altmount.errors import InvalidRequestError
from altmount.newsserver.control import Control, ControlPort
from altmount.newsserver.server import NewsServer


@pytest.fixture
async def server():
    async with NewsServer() as server:
        yield server


@pytest.fixture
async def port(server):
    async with ControlPort(server) as control:
        yield control.port


async def test_orders_are_carried_out_and_answered(server, port):
    async with Control(port) as control:
        assert await control.order("set", knobs={"latency": 0.5}) == {}
        assert server.knobs.latency == 0.5
        assert (await control.order("get"))["knobs"]["latency"] == 0.5


async def test_an_order_that_is_refused_says_why_and_the_next_is_taken(port):
    async with Control(port) as control:
        with pytest.raises(InvalidRequestError, match="no order 'dance'"):
            await control.order("dance")
        with pytest.raises(InvalidRequestError, match="cannot post"):
            await control.order("post", paths=["/no/such/file"])
        with pytest.raises(InvalidRequestError, match="No such file"):
            await control.order("synthetic", sizes=[1], nzb="/no/such/folder/a.nzb")
        assert await control.order("reset") == {}


async def test_several_can_give_orders_at_once(port):
    async with Control(port) as one, Control(port) as two:
        assert await one.order("reset") == await two.order("reset") == {}


@pytest.mark.parametrize("line", [b"POST / HTTP/1.1", b"5", b"[]", b"", b"\xff"])
async def test_whoever_does_not_speak_json_is_cut_off(server, port, line):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        line + b"\r\n" + json.dumps({"op": "set", "knobs": {"latency": 9}}).encode() + b"\n"
    )
    with_nothing = await _rest(reader)
    writer.close()
    assert with_nothing == b""
    assert server.knobs.latency == 0


async def test_an_order_that_is_too_long_is_cut_off(port, monkeypatch):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    piece = b"x" * (1 << 20)
    try:
        for _ in range(40):
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    assert await _rest(reader) == b""
    writer.close()


async def test_leaving_ends_those_who_are_connected(server):
    async with ControlPort(server) as port:
        control = Control(port.port)
        await control.__aenter__()
        await control.order("reset")
    with pytest.raises(ConnectionError):
        await control.order("reset")
    control._writer.close()


async def _rest(reader):
    try:
        return await reader.read()
    except ConnectionError:
        return b""
