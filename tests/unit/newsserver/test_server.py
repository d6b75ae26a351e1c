from __future__ import annotations

import asyncio
import socket
import ssl

import pytest

from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.newsserver.posting import Envelope
from altmount.newsserver.server import NewsServer
from altmount.newsserver.synthetic import SyntheticPosting
from tests.unit.newsserver.talk import Client, yenc_decode

POSTING = SyntheticPosting(1, 10**12)


def trusting(server):
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=server.certificate.decode())
    return context


async def test_a_posted_file_can_be_had_back(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(250)))
    async with NewsServer() as server, Client(server.port) as client:
        posting = server.spool.post_file(path, Envelope(100))
        assert (await client.reply()).code == 200
        replies = await client.say(*(f"BODY <{posting.message_id(n)}>" for n in (1, 2, 3)))
        assert b"".join(yenc_decode(reply.block).payload for reply in replies) == path.read_bytes()


@pytest.mark.parametrize("secret", [False, True])
async def test_pipelined_articles_come_back_whole_with_and_without_tls(secret):
    async with NewsServer(tls_ports=(0,)) as server:
        port = server.tls_port if secret else server.port
        tls = trusting(server) if secret else None
        async with Client(port, tls=tls) as client:
            await client.reply()
            replies = await client.say(*(f"ARTICLE <{POSTING.message_id(n)}>" for n in range(1, 6)))
        for number, reply in enumerate(replies, 1):
            body = b"".join(POSTING.body(number)).replace(b"\r\n..", b"\r\n.")
            assert (reply.code, reply.block.endswith(b"\r\n\r\n" + body)) == (220, True)


async def test_it_listens_on_several_ports():
    async with NewsServer(ports=(0, 0), tls_ports=(0, 0)) as server:
        assert len({*server.ports, *server.tls_ports}) == 4
        async with Client(server.ports[1]) as client:
            assert (await client.reply()).code == 200
        async with Client(server.tls_ports[1], tls=trusting(server)) as client:
            assert (await client.reply()).code == 200
        assert server.counters.now.connections_accepted == 2


async def test_a_port_that_is_taken_leaves_nothing_open():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = NewsServer(ports=(0, taken.getsockname()[1]))
        with pytest.raises(OSError, match="in use"):
            await server.__aenter__()


async def test_leaving_cuts_every_connection_whatever_it_waits_for():
    knobs = Knobs(faults=(Fault(FaultKind.HOLD),))
    async with (
        NewsServer(knobs) as server,
        Client(server.port) as held,
        Client(server.port) as idle,
    ):
        held.send(f"BODY <{POSTING.message_id(1)}>")
        await server.counters.until(lambda now: now.held == 1 and now.connections == 2)
        await server._stack.aclose()
        assert server.counters.now.connections == 0
        await held.reply()
        await idle.reply()
        for client in (held, idle):
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await client.reply()
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", server.port)


async def test_leaving_does_not_wait_for_a_client_that_does_not_read():
    async with NewsServer() as server, Client(server.port) as lazy:
        lazy.writer.transport.pause_reading()
        lazy.send(*(f"BODY <{POSTING.message_id(n)}>" for n in range(1, 101)))
        await server.counters.until(lambda now: now.bodies_in_flight == 100)
        await server._stack.aclose()
        assert server._sessions == set()


async def test_all_connections_can_be_cut_while_it_goes_on():
    async with NewsServer() as server, Client(server.port) as client:
        await client.reply()
        assert await server.disconnect() == 1
        assert await server.disconnect() == 0
        async with Client(server.port) as another:
            assert (await another.reply()).code == 200


@pytest.mark.parametrize("secret", [False, True])
async def test_a_line_that_is_cut_refuses_every_call_until_it_is_mended(secret):
    async with NewsServer(tls_ports=(0,)) as server:
        port, tls = (server.tls_port, trusting(server)) if secret else (server.port, None)
        async with Client(port, tls=tls) as client:
            await client.reply()
            assert await server.cut() == 1
            with pytest.raises((OSError, EOFError)):
                await client.say("DATE")
        assert await server.cut() == 0
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(server.host, port)
        for _ in range(2):  # the second time there is nothing to mend
            await server.mend()
            async with Client(port, tls=tls) as client:
                assert (await client.reply()).code == 200


async def test_a_line_that_cannot_be_mended_can_be_later():
    async with NewsServer(ports=(0, 0)) as server:
        await server.cut()
        with socket.create_server((server.host, server.ports[1])), pytest.raises(OSError):
            await server.mend()
        await server.mend()
        async with Client(server.port) as client:
            assert (await client.reply()).code == 200


async def test_a_client_that_leaves_frees_everything():
    async with NewsServer(Knobs(faults=(Fault(FaultKind.HOLD),))) as server:
        async with Client(server.port) as client:
            client.send(*(f"BODY <{POSTING.message_id(n)}>" for n in range(1, 9)))
            await server.counters.until(lambda now: now.held == 1 and now.in_flight == 8)
        await server.counters.until(lambda now: now.connections == now.in_flight == now.held == 0)


async def test_a_connection_beyond_the_cap_is_refused_until_another_is_gone():
    async with NewsServer(Knobs(connection_cap=1)) as server:
        async with Client(server.port) as first:
            await first.reply()
            async with Client(server.port) as second:
                assert (await second.reply()).code == 502
                assert await second.reader.read() == b""
            [reply] = await first.say("QUIT")
            assert reply.code == 205
        await server.counters.until(lambda now: now.connections == 0)
        async with Client(server.port) as third:
            assert (await third.reply()).code == 200


async def test_a_client_that_does_not_read_holds_no_memory():
    """What the kernel takes is the kernel's; the server itself keeps an article at most."""
    async with NewsServer() as server, Client(server.port) as lazy, Client(server.port) as other:
        lazy.writer.transport.pause_reading()
        lazy.send(*(f"BODY <{POSTING.message_id(n)}>" for n in range(1, 101)))
        await other.reply()
        for _ in range(300):  # the server has gone round its loop that often since
            await other.say("DATE")
        assert server.counters.now.bytes_sent < 30_000_000
        assert server.counters.now.bodies_in_flight > 50
        [session] = [s for s in server._sessions if not s._writable.is_set()]
        assert session._transport.get_write_buffer_size() < 1_000_000
        lazy.send("QUIT")
        lazy.writer.transport.resume_reading()
        wire = await lazy.reader.read()
        assert wire.count(b"\r\n=yend size=716800 ") == server.counters.now.bodies_sent == 100


async def test_drop_and_reset_are_felt_by_the_client():
    faults = (
        Fault(FaultKind.DROP, POSTING.message_id(1), at=100_000),
        Fault(FaultKind.RESET, POSTING.message_id(2), at=0),
    )
    async with NewsServer(Knobs(faults=faults)) as server:
        async with Client(server.port) as client:
            await client.reply()
            client.send(f"BODY <{POSTING.message_id(1)}>")
            assert len(await client.reader.read()) == 100_000
        async with Client(server.port) as client:
            await client.reply()
            client.send(f"BODY <{POSTING.message_id(2)}>")
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await client.reply()


async def test_knobs_and_counters_are_at_hand():
    async with (
        NewsServer(Knobs(username="a", password="b")) as server,
        Client(server.port) as client,
    ):
        await client.reply()
        [reply] = await client.say("STAT <x>")
        assert reply.code == 480
        server.knobs = Knobs()
        [reply] = await client.say("STAT <x>")
        assert reply.code == 430
        assert server.counters.now.stat_requests == {"x": 2}
