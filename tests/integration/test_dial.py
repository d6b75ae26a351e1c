from __future__ import annotations

import contextlib
import socket

import pytest

from altmount.aio.budget import ByteBudget
from altmount.articles import Urgency, parse_message_id
from altmount.newsserver.knobs import Knobs
from altmount.newsserver.server import NewsServer
from altmount.nntp.commands import Command, Verb
from altmount.nntp.connection import Patience
from altmount.nntp.dial import dialler
from altmount.nntp.errors import ConnectionLostError, DeadlineError
from altmount.nntp.pool import Pool
from altmount.nntp.provider import Provider

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
