from __future__ import annotations

import asyncio

from altmount.articles import Urgency
from altmount.nntp.commands import Command, Verb
from altmount.nntp.errors import ConnectionLostError
from tests.support.news import FakeServer
from tests.support.payloads import bodies, message_id, payload

BODIES = bodies(payload(4000), [2000, 2000])
A, B = message_id(0), message_id(1)


def body(name):
    return Command(Verb.BODY, name)


async def test_a_state_is_one_line_that_says_who_waits_and_for_what(make_pool):
    server = FakeServer(BODIES)
    pool = await make_pool(server, max_connections=1, depth=1)
    server.may_answer.clear()
    first = asyncio.ensure_future(pool.ask(body(A), Urgency.PLAYBACK_NOW, 1))
    while not pool.state.busy:
        await asyncio.sleep(0)
    second = asyncio.ensure_future(pool.ask(body(B), Urgency.IMPORT, 1))
    await asyncio.sleep(0)
    state = pool.state
    assert (state.busy, state.idle, state.dialling, state.draining) == (1, 0, 0, 0)
    assert state.waiting == (0, 0, 0, 1, 0, 0)
    assert "import:1" in str(state)
    assert "1 busy" in str(state)
    assert str(state).startswith("ok, breaker closed; ")
    assert "bulk 0.0 of 3.2 MB (idle, 0.0 MB/s, 0 ms)" in str(state)
    first.cancel()
    await asyncio.wait([first])
    assert (pool.state.busy, pool.state.draining) == (0, 1)
    server.may_answer.set()
    await second
    assert (pool.state.idle, pool.state.waiting) == (1, (0,) * 6)
    assert "waiting nobody" in str(pool.state)


async def test_a_state_tells_what_the_trouble_is(make_pool):
    server = FakeServer()
    server.refuse_dials = ConnectionLostError("cannot connect to news.example")
    pool = await make_pool(server)
    await asyncio.wait([asyncio.ensure_future(pool.ask(body(A), Urgency.PLAYBACK_NOW, 1))])
    assert str(pool.state).endswith("cannot connect to news.example")
    assert pool.state.dialling == 0


async def test_a_state_tells_what_the_account_is_worth(make_pool):
    server = FakeServer(BODIES)
    server.greeting = b"400 maintenance until noon\r\n"
    pool = await make_pool(server, quota_bytes=1000)
    await asyncio.wait([asyncio.ensure_future(pool.ask(body(A), Urgency.PLAYBACK_NOW, 1))])
    assert (pool.state.account, pool.state.breaker) == ("refusing", "closed")
    assert "maintenance until noon" in pool.state.trouble
    server.greeting = b"200 back\r\n"
    await pool.ask(body(A), Urgency.PLAYBACK_NOW, 1)
    assert pool.state.trouble == ""
    assert pool.state.account == "quota used up"
    assert pool.state.quota.used > 2000
    assert (pool.state.quota.limit, pool.state.quota.resets_at) == (1000, None)
    assert (pool.state.taken, pool.state.closing) == (pool.open_connections, 0)
