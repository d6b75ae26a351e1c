from __future__ import annotations

import asyncio

import pytest

from altmount.articles import Urgency
from altmount.nntp.commands import Command, Credentials, Verb
from altmount.nntp.connection import Patience
from altmount.nntp.errors import (
    AuthenticationError,
    ConnectionLostError,
    DeadlineError,
    ServerBusyError,
)
from tests.support.news import HANG_UP, FakeServer
from tests.support.payloads import bodies, message_id, payload
from tests.support.sweep import cancel_at_every_step

SIZES = [1000] * 12
DATA = payload(12_000)
BODIES = bodies(DATA, SIZES)
IMPATIENT = Patience(dial=0.05, greeting=0.05, first_byte=0.05, stall=0.05, idle=0.05)


def body(index):
    return Command(Verb.BODY, message_id(index))


def ask(pool, index, urgency=Urgency.PLAYBACK_NOW):
    return asyncio.create_task(pool.ask(body(index), urgency, 1000))


async def settle(steps=30):
    for _ in range(steps):
        await asyncio.sleep(0)


async def test_an_article_comes_over_one_connection_that_stays(make_pool):
    server = FakeServer(BODIES)
    pool = await make_pool(server)
    for index in range(3):
        answer = await pool.ask(body(index), Urgency.IMPORT, 1000)
        assert answer.response.data == BODIES[message_id(index)].data
    assert server.dialled == 1


async def test_no_more_connections_than_the_account_allows(make_pool):
    server = FakeServer(BODIES)
    server.may_answer.clear()
    pool = await make_pool(server, max_connections=3, depth=2)
    tasks = [ask(pool, index) for index in range(12)]
    await settle()
    assert server.open == 3
    assert pool.unanswered == 6
    server.may_answer.set()
    await asyncio.wait(tasks)
    assert server.most_open == 3
    assert all(task.result().code == 222 for task in tasks)


async def test_the_most_urgent_goes_first_whenever_it_came(make_pool):
    server = FakeServer(BODIES)
    server.may_answer.clear()
    pool = await make_pool(server, max_connections=1, depth=1)
    first = ask(pool, 0, Urgency.HEALTH)
    await settle()
    rest = [
        ask(pool, 1, Urgency.HEALTH),
        ask(pool, 2, Urgency.SCAN),
        ask(pool, 3, Urgency.IMPORT),
        ask(pool, 4, Urgency.PLAYBACK_AHEAD),
        ask(pool, 5, Urgency.PLAYBACK_NOW),
    ]
    await settle()
    server.may_answer.set()
    await asyncio.wait([first, *rest])
    order = [name for _, name in server.asked]
    assert order == [message_id(index) for index in (0, 5, 4, 3, 2, 1)]


async def test_who_is_hurried_overtakes(make_pool):
    server = FakeServer(BODIES)
    server.may_answer.clear()
    pool = await make_pool(server, max_connections=1, depth=1)
    tasks = [ask(pool, index, Urgency.IMPORT) for index in range(4)]
    await settle()
    pool.hurry(message_id(3), Urgency.PLAYBACK_NOW)
    server.may_answer.set()
    await asyncio.wait(tasks)
    assert [name for _, name in server.asked][1] == message_id(3)
    assert len(server.asked) == 4


async def test_bulk_leaves_a_connection_for_who_waits(make_pool):
    server = FakeServer(BODIES)
    server.may_answer.clear()
    pool = await make_pool(server, max_connections=8, depth=2)
    pool._bulk.own.limit = 100_000
    tasks = [ask(pool, index, Urgency.PLAYBACK_AHEAD) for index in range(11)]
    await settle()
    assert sum(connection.load == 0 for connection in pool._supply.connections) == 1
    tasks.append(ask(pool, 11, Urgency.PLAYBACK_NOW))
    await settle()
    assert all(connection.load for connection in pool._supply.connections)
    server.may_answer.set()
    await asyncio.wait(tasks)


async def test_bulk_in_flight_is_limited_and_who_waits_is_not_held_back(make_pool):
    server = FakeServer(BODIES)
    server.may_answer.clear()
    pool = await make_pool(server, max_connections=8, depth=4)
    pool._bulk.own.limit = 2000
    bulk = [ask(pool, index, Urgency.PLAYBACK_AHEAD) for index in range(6)]
    await settle()
    assert pool.unanswered == 2
    now = ask(pool, 9, Urgency.PLAYBACK_NOW)
    stat = asyncio.create_task(pool.ask(Command(Verb.STAT, message_id(1)), Urgency.PLAYBACK_NOW, 9))
    await settle()
    assert pool.unanswered == 4
    bulk[5].cancel()
    server.may_answer.set()
    await asyncio.wait([*bulk, now, stat])
    assert pool.queued == pool.unanswered == pool._bulk.own.in_flight == 0


async def test_P1_all_bodies_on_one_slow_connection_arrive_while_it_makes_progress(make_pool):
    server = FakeServer(BODIES)
    server.may_answer.clear()
    patience = Patience(first_byte=0.5, stall=0.5)
    pool = await make_pool(server, max_connections=1, depth=12, patience=patience)
    tasks = [ask(pool, index) for index in range(12)]
    await settle()
    loop = asyncio.get_running_loop()
    [connection] = pool._supply.connections
    for index in range(12):
        # Each answer takes nearly all of its own time, and all together many times that.
        connection.since -= 0.4
        connection._look()
        server.transports[0].deliver(server.answer(body(index).encode().strip()))
        assert loop.time() - connection.since < 0.4
        await settle(3)
    results = [await task for task in tasks]
    assert [answer.code for answer in results] == [222] * 12
    server.may_answer.set()


@pytest.mark.parametrize("held", ["may_accept", "may_greet", "may_answer"])
async def test_P3_a_silent_server_has_a_bound(make_pool, held):
    server = FakeServer(BODIES)
    getattr(server, held).clear()
    pool = await make_pool(server, patience=IMPATIENT)
    if held == "may_accept":
        # The dial itself is bounded in dial.py; here the pool is closed while it is held.
        task = ask(pool, 0)
        await settle()
        task.cancel()
        return
    with pytest.raises(DeadlineError):
        await pool.ask(body(0), Urgency.PLAYBACK_NOW, 1000)
    await pool.close()
    assert server.open == 0


async def test_a_stall_in_mid_article_has_a_bound(make_pool):
    server = FakeServer()
    server.answers[message_id(0)] = b"222 body\r\n=ybegin part=1 line=128 size=9 name=x\r\n"
    pool = await make_pool(server, patience=IMPATIENT)
    with pytest.raises(DeadlineError, match="mid-article"):
        await pool.ask(body(0), Urgency.PLAYBACK_NOW, 1000)


async def test_an_idle_connection_is_hung_up(make_pool):
    server = FakeServer(BODIES)
    pool = await make_pool(server, patience=IMPATIENT)
    await pool.ask(body(0), Urgency.IMPORT, 1000)
    [transport] = server.transports
    while not transport.closed:
        await asyncio.sleep(0)
    assert pool.open_connections == 0


async def test_P3_a_refused_connection_lowers_the_cap_and_fails_nobody_else(make_pool):
    server = FakeServer(BODIES)
    pool = await make_pool(server, max_connections=4, depth=4)
    await pool.ask(body(0), Urgency.PLAYBACK_NOW, 1000)
    server.greeting = b"502 too many connections\r\n"
    tasks = [ask(pool, index) for index in range(8)]
    results = await asyncio.wait_for(asyncio.gather(*tasks), 5)
    assert [answer.code for answer in results] == [222] * 8
    assert server.most_open <= 4
    assert pool.account.places.capacity.allowed(asyncio.get_running_loop().time()) == 1


async def test_P3_a_server_that_refused_is_asked_again(make_pool):
    server = FakeServer(BODIES)
    server.greeting = b"400 maintenance\r\n"
    pool = await make_pool(server)
    with pytest.raises(ServerBusyError):
        await pool.ask(body(0), Urgency.PLAYBACK_NOW, 1000)
    server.greeting = b"200 back\r\n"
    assert (await pool.ask(body(0), Urgency.PLAYBACK_NOW, 1000)).code == 222


async def test_a_wrong_password_is_said_at_once_and_not_tried_over_and_over(make_pool):
    server = FakeServer(BODIES)
    server.login = b"481 no\r\n"
    pool = await make_pool(server, credentials=Credentials("me", "wrong"))
    for _ in range(3):
        with pytest.raises(AuthenticationError):
            await pool.ask(body(0), Urgency.PLAYBACK_NOW, 1000)
    assert server.dialled == 1


async def test_who_waits_for_a_connection_that_ends_is_told(make_pool):
    server = FakeServer(BODIES)
    server.answers[message_id(0)] = HANG_UP
    pool = await make_pool(server)
    with pytest.raises(ConnectionLostError):
        await pool.ask(body(0), Urgency.PLAYBACK_AHEAD, 1000)
    assert pool._bulk.own.in_flight == 0
    assert (await pool.ask(body(1), Urgency.PLAYBACK_NOW, 1000)).code == 222


async def test_an_abandoned_answer_costs_its_neighbours_nothing(make_pool):
    """The connection is cut after its grace; who was behind asks again, and is not told."""
    server = FakeServer(BODIES)
    pool = await make_pool(server, max_connections=1, depth=4)
    await pool.ask(body(9), Urgency.PLAYBACK_NOW, 1000)
    server.may_answer.clear()
    first, second = ask(pool, 0), ask(pool, 1)
    await settle()
    first.cancel()
    [connection] = pool._supply.connections
    while connection in pool._supply.connections:
        await asyncio.sleep(0)
    server.may_answer.set()
    assert (await second).response.data == BODIES[message_id(1)].data
    assert pool._drained.used == 0


async def test_an_abandoned_answer_that_goes_on_past_its_grace_costs_the_connection_only(make_pool):
    server = FakeServer(BODIES)
    pool = await make_pool(server, max_connections=1, depth=4)
    await pool.ask(body(9), Urgency.PLAYBACK_NOW, 1000)
    server.may_answer.clear()
    first = ask(pool, 0)
    await settle()
    first.cancel()
    await settle(2)
    [connection] = pool._supply.connections
    connection._exchanges[0].drop_by = 0.0  # it is over when the next bytes come
    answer = server.answer(b"BODY <%b>" % message_id(0).encode())
    for start in (0, 10, 20):
        server.transports[0].deliver(answer[start : start + 10])
    while connection in pool._supply.connections:
        await asyncio.sleep(0)
    server.may_answer.set()
    assert (await ask(pool, 1)).response.data == BODIES[message_id(1)].data
    assert pool._drained.used == 0


async def test_who_leaves_just_as_the_answer_comes_costs_nothing(make_pool):
    server = FakeServer(BODIES)
    pool = await make_pool(server, max_connections=1, depth=2)
    await pool.ask(body(9), Urgency.PLAYBACK_NOW, 1000)
    server.may_answer.clear()
    leaving, staying = ask(pool, 0), ask(pool, 1)
    await settle()
    [connection] = pool._supply.connections
    server.transports[0].deliver(server.answer(b"BODY <%b>" % message_id(0).encode()))
    leaving.cancel()
    await settle()
    assert pool._drained.used == 0
    server.transports[0].deliver(server.answer(b"BODY <%b>" % message_id(1).encode()))
    assert (await staying).response.data == BODIES[message_id(1)].data
    assert list(pool._supply.connections) == [connection]
    await pool.__aexit__(None, None, None)


async def test_leaving_at_any_step_leaks_no_place(make_pool):
    server = FakeServer(BODIES)
    pool = await make_pool(server, max_connections=2, depth=2)

    async def work():
        tasks = [ask(pool, index) for index in range(6)]
        try:
            for task in tasks:
                await task
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def check():
        answer = await asyncio.wait_for(pool.ask(body(0), Urgency.PLAYBACK_NOW, 1000), 5)
        assert answer.response.data == BODIES[message_id(0)].data
        await settle(100)
        assert pool.unanswered == pool.queued == pool._bulk.own.in_flight == 0
        assert pool._drained.used == 0

    assert await cancel_at_every_step(work, check) > 5


async def test_closing_tells_who_waits(make_pool):
    server = FakeServer(BODIES)
    server.may_answer.clear()
    pool = await make_pool(server, max_connections=1, depth=1)
    tasks = [ask(pool, 0), ask(pool, 1)]
    await settle()
    await pool.__aexit__(None, None, None)
    for task in tasks:
        with pytest.raises(ConnectionLostError):
            await task
