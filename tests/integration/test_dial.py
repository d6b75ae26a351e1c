from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest

from altmount.aio.budget import ByteBudget
from altmount.articles import Urgency, parse_message_id
from altmount.newsserver.knobs import Knobs
from altmount.newsserver.server import NewsServer
from altmount.nntp import dial
from altmount.nntp.commands import Command, Verb
from altmount.nntp.connection import Patience
from altmount.nntp.dial import dialler
from altmount.nntp.errors import ConnectionLostError, DeadlineError, UnreachableError
from altmount.nntp.pool import Pool
from altmount.nntp.provider import Provider
from tests.support.proxy import proxy

STAT = Command(Verb.STAT, parse_message_id("s1.1000.500.1@synthetic"))


@contextlib.asynccontextmanager
async def asking(**options):
    provider = Provider("p", options.pop("host", "127.0.0.1"), **options)
    async with Pool(provider, dialler(provider), ByteBudget(1 << 20)) as pool:
        yield pool


async def test_tls_works_where_the_certificate_is_taken_on_trust():
    async with (
        NewsServer(tls_ports=[0]) as news,
        asking(port=news.tls_port, tls=True, verify=False) as pool,
    ):
        assert (await pool.ask(STAT, Urgency.IMPORT, 100)).code == 223


async def test_a_certificate_that_is_not_valid_is_refused_and_the_way_out_is_told():
    async with NewsServer(tls_ports=[0]) as news, asking(port=news.tls_port, tls=True) as pool:
        with pytest.raises(ConnectionLostError, match="insecure_tls"):
            await pool.ask(STAT, Urgency.IMPORT, 100)


async def test_a_port_where_nothing_listens_is_named():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with asking(port=port) as pool:
        with pytest.raises(ConnectionLostError, match=str(port)):
            await pool.ask(STAT, Urgency.IMPORT, 100)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 300, "..", "a..b"])
async def test_a_host_that_does_not_exist_is_an_error_like_others(host):
    async with asking(host=host, port=119) as pool:
        with pytest.raises((ConnectionLostError, DeadlineError)):
            await pool.ask(STAT, Urgency.IMPORT, 100)


async def test_P3_a_server_that_takes_calls_and_says_nothing_has_a_bound():
    async with NewsServer(Knobs(silent_greeting=True), tls_ports=[0]) as news:
        patience = Patience(dial=0.2, greeting=0.2)
        for port, tls in ((news.port, False), (news.tls_port, True)):
            async with asking(port=port, tls=tls, verify=False, patience=patience) as pool:
                with pytest.raises(DeadlineError):
                    await pool.ask(STAT, Urgency.IMPORT, 100)
        # One that speaks no TLS where TLS is expected.
        async with asking(port=news.port, tls=True, verify=False, patience=patience) as pool:
            with pytest.raises((DeadlineError, ConnectionLostError)):
                await pool.ask(STAT, Urgency.IMPORT, 100)


@pytest.mark.parametrize("kind", ["socks5", "http"])
@pytest.mark.parametrize("tls", [False, True])
async def test_a_server_is_reached_through_a_proxy_which_looks_up_its_name(kind, tls):
    async with NewsServer(tls_ports=[0]) as news, proxy(kind, "me:secret") as through:
        port = news.tls_port if tls else news.port
        url = f"{kind}://me:secret@127.0.0.1:{through.port}"
        async with asking(
            host="localhost", port=port, tls=tls, verify=False, proxy_url=url
        ) as pool:
            assert (await pool.ask(STAT, Urgency.IMPORT, 100)).code == 223
        assert through.asked == [("localhost", port)]


@pytest.mark.parametrize("kind", ["socks5", "http"])
@pytest.mark.parametrize(
    ("login", "connects"), [("me:wrong", True), ("me:secret", False)], ids=["login", "refusal"]
)
async def test_a_proxy_that_refuses_is_told_apart_from_the_network_and_shows_no_secret(
    kind, login, connects
):
    async with NewsServer() as news, proxy(kind, "me:secret", connects=connects) as through:
        url = f"{kind}://{login}@127.0.0.1:{through.port}"
        async with asking(port=news.port, proxy_url=url) as pool:
            with pytest.raises(UnreachableError, match="proxy") as caught:
                await pool.ask(STAT, Urgency.IMPORT, 100)
            assert not caught.value.silent
            assert "wrong" not in str(caught.value)
            assert "secret" not in f"{caught.value} {pool.provider!r}"


async def test_a_proxy_that_is_not_there_is_named_and_one_that_says_nothing_has_a_bound():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        url = f"socks5://127.0.0.1:{port}"
        async with asking(port=119, proxy_url=url) as pool:
            with pytest.raises(UnreachableError, match=str(port)):
                await pool.ask(STAT, Urgency.IMPORT, 100)
        silent.listen()
        async with asking(port=119, proxy_url=url, patience=Patience(dial=0.2)) as pool:
            with pytest.raises(UnreachableError, match=r"0\.2 s|proxy") as caught:
                await pool.ask(STAT, Urgency.IMPORT, 100)
            assert caught.value.silent


@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
)
async def test_a_name_with_two_addresses_is_reached_at_the_one_that_works(
    monkeypatch, family, address
):
    """IPv6 and IPv4; the other leads nowhere."""
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(asyncio.Protocol, address, 0)
    except OSError:
        pytest.skip(f"this machine has no {address}")
    port = server.sockets[0].getsockname()[1]

    class Resolver:
        """The running loop, with a name of our own."""

        def __getattr__(self, name):
            return getattr(loop, name)

        async def getaddrinfo(self, *_args, **_options):
            return [
                (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", port, 0, 0)),
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
            ]

    monkeypatch.setattr(dial.asyncio, "get_running_loop", Resolver)
    connected = await dial._connected(Provider("p", "two.example", port))
    monkeypatch.undo()
    with connected:
        assert connected.family is family
    server.close()
