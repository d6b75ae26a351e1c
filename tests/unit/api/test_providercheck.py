from __future__ import annotations

import asyncio
import contextlib

import pytest

from altmount.aio.budget import ByteBudget
from altmount.api.providercheck import Step, check
from altmount.newsserver.knobs import Knobs
from altmount.newsserver.server import NewsServer
from altmount.nntp.commands import Credentials
from altmount.nntp.connection import Patience
from altmount.nntp.dial import dialler
from altmount.nntp.pool import Pool
from altmount.nntp.provider import Provider
from tests.support.program import free_port

SECRET = "s3cret-Word"


def open_client(provider):
    return Pool(provider, dialler(provider), ByteBudget(1 << 20))


def account(port, **options):
    values = {
        "credentials": Credentials("me", SECRET),
        "max_connections": 1,
        "patience": Patience(dial=0.5, greeting=0.5, first_byte=0.5),
        **options,
    }
    return Provider("one", options.pop("host", "127.0.0.1"), port, **values)


@contextlib.asynccontextmanager
async def server(**knobs):
    async with NewsServer(Knobs(**knobs), tls_ports=(0,)) as news:
        yield news


async def test_an_account_that_works_says_how_far_away_it_is():
    async with server(username="me", password=SECRET) as news:
        found = await check(account(news.port), open_client)
        assert found.works
        assert 0 < found.round_trip < 1
        assert abs(found.clock_behind) < 60
        assert news.counters.now.connections_peak == 1
        assert (await check(account(news.port), open_client, ping=False)).works
        assert "STAT" in news.counters.now.commands
        async with asyncio.timeout(5):
            await news.counters.until(lambda counts: not counts.connections)


async def test_a_name_that_leads_nowhere():
    provider = Provider("one", "no-such-host.invalid", 119)
    found = await check(provider, open_client)
    assert found.step is Step.NAME
    assert "no-such-host.invalid" in found.error
    assert "host" in found.hint


async def test_a_name_that_only_a_proxy_knows_is_left_to_it():
    proxy = f"socks5://127.0.0.1:{free_port()}"
    found = await check(Provider("one", "inside.invalid", 119, proxy_url=proxy), open_client)
    assert found.step is Step.CONNECTION


async def test_nobody_there():
    found = await check(account(free_port()), open_client)
    assert found.step is Step.CONNECTION
    assert "port" in found.hint


@pytest.mark.parametrize("knobs", [{"login_code": 481}, {"password": "another"}])
async def test_a_wrong_password_is_not_repeated(knobs):
    async with server(username="me", **knobs) as news:
        found = await check(account(news.port), open_client)
        assert found.step is Step.LOGIN
        assert "password" in found.hint
        assert SECRET not in f"{found}"


async def test_a_server_that_repeats_the_password_does_not_get_through():
    async def parrot(reader, writer):
        writer.write(b"200 hi\r\n")
        while line := await reader.readline():
            writer.write(b"381 yes?\r\n" if b"USER" in line else b"481 not " + line)
        writer.close()

    parroting = await asyncio.start_server(parrot, "127.0.0.1", 0)
    async with parroting:
        port = parroting.sockets[0].getsockname()[1]
        found = await check(account(port), open_client)
        assert found.step is Step.LOGIN
        assert SECRET not in found.error
        assert "***" in found.error
    await asyncio.sleep(0.05)


async def test_too_many_connections():
    async with server(greeting_code=502) as news:
        found = await check(account(news.port), open_client)
        assert found.step is Step.LOGIN
        assert "max_connections" in found.hint


async def test_tls_where_there_is_none_and_none_where_there_is():
    async with server() as news:
        found = await check(account(news.port, tls=True, verify=False), open_client)
        assert found.step is Step.CONNECTION
        assert "TLS" in found.hint
        found = await check(account(news.tls_port), open_client)
        assert found.step is Step.CONNECTION
        assert "TLS" in found.hint
        found = await check(account(news.tls_port, tls=True), open_client)
        assert found.step is Step.CONNECTION
        assert "certificate" in found.error
        assert (await check(account(news.tls_port, tls=True, verify=False), open_client)).works


async def test_a_server_that_says_nothing_is_given_up():
    async with server(silent_greeting=True) as news:
        found = await check(account(news.port), open_client)
        assert found.step is Step.CONNECTION
        assert "greet" in found.error
