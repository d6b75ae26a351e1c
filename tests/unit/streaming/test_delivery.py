from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from altmount.errors import AltmountError
from altmount.streaming.delivery import (
    ClientLeftError,
    ClientStalledError,
    Delivery,
    SourceLengthError,
)
from tests.support.serving import Client, serving, small_buffers


async def chunks_of(*chunks):
    for chunk in chunks:
        yield memoryview(chunk)


class Sending:
    """An application that delivers what a test tells it to, and keeps what came of it."""

    def __init__(self):
        self.chunks = ()
        self.length = 0
        self.patience = 60.0
        self.error = None
        self.over = asyncio.Event()
        self.delivery = None

    async def handle(self, request):
        response = web.StreamResponse(headers={"Content-Length": str(self.length)})
        self.delivery = Delivery(request, response, self.patience)
        try:
            await self.delivery.send(chunks_of(*self.chunks), self.length)
        except AltmountError as error:
            self.error = error
            if not self.delivery.begun:
                raise web.HTTPBadGateway from None
            self.delivery.cut_off()
        finally:
            self.delivery.close()
            self.over.set()
        return response


@pytest.fixture
def sending():
    return Sending()


@pytest.fixture
async def port(sending):
    application = web.Application()
    application.add_routes([web.get("/", sending.handle)])
    async with serving(application) as port:
        yield port


async def test_chunks_arrive_in_order(sending, port):
    sending.chunks, sending.length = (b"abc", b"", b"def", b"g" * 100_000), 100_006
    async with Client.connect(port) as client:
        for _ in range(2):
            answer = await client.get("/")
            assert (answer.body, answer.complete) == (b"abcdef" + b"g" * 100_000, True)


@pytest.mark.parametrize("chunks", [(), (b"",), (b"abcdefghijk",)])
async def test_a_source_that_is_wrong_from_the_start_sends_nothing(sending, port, chunks):
    sending.chunks, sending.length = chunks, 10
    async with Client.connect(port) as client:
        assert (await client.get("/")).status == 502
    assert isinstance(sending.error, SourceLengthError)
    assert not sending.delivery.begun


@pytest.mark.parametrize("chunks", [(b"abc",), (b"abc", b"defghijk")])
async def test_a_source_of_another_length_is_cut_off_before_it_is_wrong(sending, port, chunks):
    sending.chunks, sending.length = chunks, 10
    async with Client.connect(port) as client:
        answer = await client.get("/")
    assert (answer.status, answer.body, answer.complete) == (200, b"abc", False)
    assert isinstance(sending.error, SourceLengthError)


@pytest.mark.parametrize("size", [5_000, 60_000, 100_000])
async def test_a_chunk_may_change_as_soon_as_the_next_is_asked_for(size):
    lent = bytearray(size)

    async def chunks():
        for value in range(200):
            lent[:] = bytes([value]) * size
            yield memoryview(lent)

    async def handle(request):
        response = web.StreamResponse(headers={"Content-Length": str(200 * size)})
        await Delivery(request, response, 60).send(chunks(), 200 * size)
        return response

    application = web.Application()
    application.add_routes([web.get("/", handle)])
    plug = small_buffers()  # so that much of it has to wait
    async with serving(application) as port:
        plug.connect(("127.0.0.1", port))
        plug.setblocking(False)
        async with Client.connect(sock=plug, limit=1024) as client:
            answer = await client.get("/")
    assert answer.body == b"".join(bytes([value]) * size for value in range(200))


async def test_a_client_that_takes_all_at_once_leaves_turns_to_others(sending, port):
    sending.chunks, sending.length = [bytes(10)] * 100, 1000
    turns = 0

    async def count():
        nonlocal turns
        while not sending.over.is_set():
            turns += 1
            await asyncio.sleep(0)

    async with Client.connect(port) as client, asyncio.TaskGroup() as group:
        group.create_task(count())
        assert len((await client.get("/")).body) == 1000
    assert turns >= 100


async def test_a_client_that_stalls_is_let_go(sending):
    sending.chunks, sending.length = [bytes(1 << 20)] * 64, 64 << 20
    sending.patience = 0.05
    runner = web.ServerRunner(web.Server(sending.handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    plug = small_buffers()
    plug.connect(runner.addresses[0])
    plug.setblocking(False)
    async with Client.connect(sock=plug, limit=1024) as client:
        client.send("/")
        async with asyncio.timeout(10):
            await sending.over.wait()
            while runner.server.connections:  # It is gone although the client still stalls.
                await asyncio.sleep(0)
    assert isinstance(sending.error, ClientStalledError)
    assert "0.05" in str(sending.error)
    await runner.cleanup()


async def test_a_client_that_left_is_told_nothing():
    error = asyncio.get_running_loop().create_future()

    async def chunks(request):
        yield memoryview(b"abc")
        while request.transport is not None:
            await asyncio.sleep(0)
        yield memoryview(b"def")

    async def handle(request):
        response = web.StreamResponse(headers={"Content-Length": "6"})
        delivery = Delivery(request, response, 60)
        try:
            await delivery.send(chunks(request), 6)
        except ClientLeftError as left:
            error.set_result(left)
            delivery.cut_off()
        return response

    # Without handler_cancellation a client that left is only noticed at the next write.
    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with Client.connect(runner.addresses[0][1]) as client:
        client.send("/")
        await client.head()
        client.leave()
        async with asyncio.timeout(10):
            assert isinstance(await error, ClientLeftError)
    await runner.cleanup()


async def test_what_was_sent_is_counted_in_bytes(sending, port):
    sending.chunks, sending.length = (b"abc", b"g" * 100_000), 100_003
    async with Client.connect(port) as client:
        await client.get("/")
    await sending.over.wait()
    assert sending.delivery.sent == 100_003
