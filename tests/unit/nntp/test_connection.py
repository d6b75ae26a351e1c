from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from altmount.aio.budget import ByteBudget
from altmount.articles import Urgency
from altmount.newsserver.knobs import Fault, FaultKind
from altmount.nntp.commands import Command, Verb
from altmount.nntp.errors import ConnectionLostError
from altmount.nntp.pool import Pool
from altmount.nntp.provider import Provider
from tests.support.clock import jumping_loop
from tests.support.film import Film
from tests.support.line import Line

FILM = Film(40 * 100_000, 100_000)
SIZE = 103_000
ROUND_TRIP = 0.1
"""A new connection takes two of them, so that long may be drained."""


@asynccontextmanager
async def one_connection(rate):
    line = Line(latency=ROUND_TRIP, connection_rate=rate)
    async with line:
        provider = Provider("p", "p.example", 119, max_connections=1, depth=10)
        async with Pool(provider, line.dial, ByteBudget(1 << 30)) as pool:
            yield pool, line


def ask(pool, number):
    command = Command(Verb.BODY, FILM.article(number))
    return asyncio.create_task(pool.ask(command, Urgency.PLAYBACK_NOW, SIZE))


async def leave(*tasks):
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def run(story):
    with asyncio.Runner(loop_factory=jumping_loop) as runner:
        runner.run(story())


def test_an_abandoned_answer_that_is_little_work_is_drained():
    async def story():
        async with one_connection(5e6) as (pool, line):
            await ask(pool, 1)
            task = ask(pool, 2)
            await asyncio.sleep(0.05)
            await leave(task)
            await asyncio.sleep(0.15)
            assert pool.unanswered == 0
            await ask(pool, 3)
            assert line.site.counters.now.connections_accepted == 1

    run(story)


def test_where_answers_were_slow_an_abandoned_one_costs_the_connection_at_once():
    async def story():
        async with one_connection(0.2e6) as (pool, _):
            await ask(pool, 1)
            [connection] = pool._supply.connections
            task = ask(pool, 2)
            await asyncio.sleep(0.01)  # nothing of it has come, so it says nothing itself
            await leave(task)
            assert connection not in pool._supply.connections

    run(story)


@pytest.mark.parametrize(("count", "kept"), [(1, True), (8, False)])
def test_all_that_are_abandoned_in_a_row_count_together(count, kept):
    async def story():
        async with one_connection(2e6) as (pool, _):
            await ask(pool, 1)
            [connection] = pool._supply.connections
            tasks = [ask(pool, number) for number in range(2, 2 + count)]
            await asyncio.sleep(0.01)
            await leave(*tasks)
            assert (connection in pool._supply.connections) is kept

    run(story)


def test_who_is_behind_one_that_is_drained_gets_an_answer_of_the_same_connection():
    async def story():
        async with one_connection(2e6) as (pool, line):
            await ask(pool, 1)
            leaving, staying, last = ask(pool, 2), ask(pool, 3), ask(pool, 4)
            await asyncio.sleep(0.08)
            await leave(leaving, last)
            [connection] = pool._supply.connections
            assert not connection.clearing  # one that is wanted is to come first
            assert (await staying).code == 222
            await asyncio.sleep(0.2)
            assert pool.unanswered == 0
            assert line.site.counters.now.connections_accepted == 1

    run(story)


def test_what_is_asked_behind_an_answer_that_is_dropped_costs_no_further_round_trip():
    async def story():
        async with one_connection(20e6) as (pool, line):
            await ask(pool, 1)
            task = ask(pool, 2)
            await asyncio.sleep(0.05)
            await leave(task)
            began = now()
            await ask(pool, 3)
            assert now() - began == pytest.approx(ROUND_TRIP, abs=0.02)
            assert line.site.counters.now.connections_accepted == 1

    run(story)


def test_each_answer_that_is_dropped_has_its_own_time():
    """Who seeks without end does not wear connections out, though something is always dropped."""

    async def story():
        async with one_connection(20e6) as (pool, line):
            await ask(pool, 1)
            for number in range(2, 22):
                task = ask(pool, number)
                await asyncio.sleep(0.05)
                await leave(task)
            assert (await ask(pool, 30)).code == 222
            assert line.site.counters.now.connections_accepted == 1

    run(story)


def test_one_behind_an_answer_that_is_dropped_and_never_comes_is_asked_elsewhere():
    async def story():
        async with one_connection(20e6) as (pool, line):
            await ask(pool, 1)
            line.site.knobs = replace(
                line.site.knobs, faults=(Fault(FaultKind.STALL, FILM.article(2)),)
            )
            task = ask(pool, 2)
            await asyncio.sleep(0.05)
            await leave(task)
            began = now()
            assert (await ask(pool, 3)).code == 222
            # What may be dropped, a new connection, and the article.
            assert now() - began <= 5 * ROUND_TRIP + 0.05

    run(story)


def test_S1_nothing_is_sent_twice_behind_an_answer_that_is_dropped():
    """Where none of them comes, it would be asked for on every connection."""

    async def story():
        stalls = tuple(Fault(FaultKind.STALL, FILM.article(number)) for number in range(2, 10))
        line = Line(latency=ROUND_TRIP, faults=stalls)
        provider = Provider("p", "p.example", 119, max_connections=4, depth=10)
        async with line, Pool(provider, line.dial, ByteBudget(1 << 30)) as pool:
            await asyncio.wait([ask(pool, 1) for _ in range(10)])
            left = []
            for number in range(2, 6):
                left.append(ask(pool, number))
                await asyncio.sleep(0.03)
                await leave(left[-1])
            assert (await ask(pool, 20)).code == 222
            assert line.requests[FILM.article(20)] == 2

    run(story)


def now():
    return asyncio.get_running_loop().time()


def test_the_error_a_connection_ended_with_holds_no_frames():
    """They hold the connection, and all that it has received."""

    async def story():
        async with one_connection(5e6) as (pool, _):
            await ask(pool, 1)
            [connection] = pool._supply.connections
            try:
                raise ConnectionLostError("read")
            except ConnectionLostError as error:
                connection.cut(error)
            assert connection._ended.__traceback__ is None

    run(story)
