from __future__ import annotations

import asyncio

import pytest

from altmount.articles import ArticleDamagedError, ArticleUnavailableError, Urgency
from altmount.nntp.commands import Command, Credentials, Verb
from altmount.nntp.errors import AuthenticationError, ConnectionLostError
from tests.support.news import HANG_UP, FakeServer
from tests.support.payloads import bodies, message_id, payload, yenc_article

SIZE = 10_000
BODIES = bodies(payload(2 * SIZE), [SIZE, SIZE])
A, B = message_id(0), message_id(1)
NOW, AHEAD = Urgency.PLAYBACK_NOW, Urgency.PLAYBACK_AHEAD


def body(name):
    return Command(Verb.BODY, name)


@pytest.fixture
def server():
    return FakeServer(BODIES)


async def test_an_article_counts_with_its_urgency_on_the_line_and_decoded(server, make_pool):
    pool = await make_pool(server)
    await pool.ask(body(A), NOW, 1)
    await pool.ask(body(B), AHEAD, 1)
    await pool.ask(Command(Verb.STAT, B), Urgency.HEALTH, 1)
    tally = pool.tally
    assert tally.articles == [1, 1, 0, 0, 0, 0]
    assert tally.decoded_bytes == [SIZE, SIZE, 0, 0, 0, 0]
    assert tally.wire_bytes[NOW] >= len(yenc_article(BODIES[A]))
    assert tally.wire_bytes[Urgency.HEALTH] > 0
    assert [list(h.cumulative())[-1][1] for h in tally.seconds] == [1, 1, 0, 0, 0, 0]
    assert not tally.dropped_bytes
    assert not tally.errors


async def test_what_is_missing_and_what_is_refused_are_told_apart(server, make_pool):
    pool = await make_pool(server)
    server.answers["refused@x"] = b"502 no\r\n"
    await pool.ask(body("missing@x"), NOW, 1)
    await pool.ask(body("refused@x"), NOW, 1)
    assert pool.tally.missing == 1
    assert pool.tally.errors == {"status 502": 1}


async def test_an_answer_that_nobody_waits_for_counts_as_dropped(server, make_pool):
    pool = await make_pool(server)
    await pool.ask(body(B), NOW, 1)  # the connection is warm
    before = pool.tally.wire_bytes[NOW]
    server.may_answer.clear()
    asking = asyncio.ensure_future(pool.ask(body(A), NOW, 1))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    server.may_answer.set()
    while pool.unanswered:
        await asyncio.sleep(0)
    dropped = pool.tally.dropped_bytes
    assert dropped == pool.tally.wire_bytes[NOW] - before
    assert dropped > SIZE
    assert list(pool.tally.seconds[NOW].cumulative())[-1][1] == 1


async def test_a_connection_that_breaks_counts_for_each_exchange_it_fails(server, make_pool):
    pool = await make_pool(server)
    server.answers[A] = HANG_UP
    with pytest.raises(ConnectionLostError):
        await pool.ask(body(A), NOW, 1)
    assert pool.tally.errors == {"connection lost": 1}


async def test_a_login_that_is_refused_counts_once(server, make_pool):
    server.login = b"481 wrong\r\n"
    pool = await make_pool(server, credentials=Credentials("me", "secret"))
    with pytest.raises(AuthenticationError):
        await pool.ask(body(A), NOW, 1)
    assert pool.tally.errors == {"authentication": 1}


async def test_bytes_of_half_an_answer_are_counted(server, make_pool):
    pool = await make_pool(server)
    await pool.ask(body(B), NOW, 1)
    before = pool.tally.wire_bytes[NOW]
    half = b"222 0 <a>\r\n" + yenc_article(BODIES[A])[:5000]
    server.answers[A] = half
    asking = asyncio.ensure_future(pool.ask(body(A), NOW, 1))
    while not (begun := [one for one in pool._supply.connections if one.arrived]):
        await asyncio.sleep(0)
    begun[0].cut(ConnectionLostError("cut"))
    with pytest.raises(ConnectionLostError):
        await asking
    assert pool.tally.wire_bytes[NOW] - before == len(half)
    assert pool.tally.dropped_bytes == len(half)


async def test_an_article_that_is_not_what_it_should_be_is_wrong(server, make_providers):
    providers = await make_providers(server)
    server.answers[A] = b"222 0 <a>\r\n" + yenc_article(BODIES[A], crc=1)
    with pytest.raises((ArticleDamagedError, ArticleUnavailableError)):
        await providers.body(A, urgency=NOW)
    assert providers.pools[0].tally.wrong == 1
