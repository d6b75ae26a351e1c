from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.aio.budget import ByteBudget
from altmount.articles import ArticleUnavailableError, Urgency
from altmount.newsserver.knobs import Fault, FaultKind
from altmount.nntp.connection import Patience
from altmount.nntp.provider import Provider
from altmount.nntp.providers import Providers
from altmount.nntp.straggler import Allowance
from tests.support.clock import on_a_jumping_clock
from tests.support.film import Film
from tests.support.line import Line

FILM = Film(400 * 20_000, 20_000)
ROUND_TRIP = 0.1
AHEAD, LATER = Urgency.PLAYBACK_AHEAD, Urgency.PLAYBACK_LATER


@asynccontextmanager
async def providers_of(*lines, **options):
    async with AsyncExitStack() as stack:
        names = [f"p{index}" for index in range(len(lines))]
        accounts = [Provider(name, f"{name}.example", 119, **options) for name in names]
        dials = {one.host: line.dial for one, line in zip(accounts, lines, strict=True)}
        for line in lines:
            await stack.enter_async_context(line)
        providers = Providers(ByteBudget(1 << 30), dial_of=lambda one: dials[one.host])
        await stack.enter_async_context(providers)
        providers.apply(accounts)
        yield providers


async def fetch(providers, number, urgency=AHEAD):
    """Seconds that an article took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    body = await providers.body(FILM.article(number), urgency=urgency)
    assert bytes(body.data) == FILM.bytes(FILM.begin(number), FILM.begin(number + 1))
    return loop.time() - began


async def learn(providers, numbers):
    """What articles take."""
    for number in numbers:
        await fetch(providers, number)


def stalled(number, **options):
    return Fault(FaultKind.STALL, FILM.article(number), at=5000, **options)


@on_a_jumping_clock
async def test_an_article_that_is_late_is_asked_for_again_and_the_first_answer_wins():
    line = Line(latency=ROUND_TRIP, faults=(stalled(50, first=1),))
    async with providers_of(line) as providers:
        await learn(providers, range(1, 20))
        assert await fetch(providers, 50) < 5 * ROUND_TRIP
        assert line.requests[FILM.article(50)] == 2
        [pool] = providers.pools
        assert (pool.tally.late, pool.tally.overtaken) == (1, 1)
        await asyncio.sleep(1.1)  # longer than any grace, and shorter than a stall may last
        assert sum(pool.unanswered + pool.queued for pool in providers.pools) == 0


@on_a_jumping_clock
async def test_it_does_not_queue_up_behind_what_it_is_to_overtake():
    busy = Fault(FaultKind.DELAY, FILM.article(51), seconds=1, first=1)
    line = Line(latency=ROUND_TRIP, faults=(stalled(50, first=1), busy))
    async with providers_of(line, max_connections=2) as providers:
        await asyncio.gather(*(fetch(providers, number) for number in range(1, 20)))
        late = asyncio.create_task(fetch(providers, 50))
        await asyncio.sleep(0.01)
        other = asyncio.create_task(fetch(providers, 51, LATER))
        assert await late < 2
        await other


@on_a_jumping_clock
async def test_what_nobody_has_come_to_is_left_its_time_until_someone_has():
    line = Line(latency=ROUND_TRIP, faults=(stalled(50, first=1),))
    async with providers_of(line) as providers:
        await learn(providers, range(1, 20))
        task = asyncio.create_task(fetch(providers, 50, LATER))
        await asyncio.sleep(5)
        assert line.requests[FILM.article(50)] == 1
        providers.hurry(FILM.article(50), AHEAD)
        assert await task < 5 + 5 * ROUND_TRIP


@on_a_jumping_clock
async def test_another_account_is_asked_where_the_first_answers_nothing():
    first = Line(latency=ROUND_TRIP, faults=(Fault(FaultKind.STALL, at=10, skip=0),))
    second = Line(latency=ROUND_TRIP)
    async with providers_of(first, second, max_connections=2) as providers:
        assert await fetch(providers, 50) < 3
        assert first.requests[FILM.article(50)] == second.requests[FILM.article(50)] == 1
        counts = [(pool.tally.late, pool.tally.overtaken) for pool in providers.pools]
        assert counts == [(1, 1), (0, 0)]  # who was late


@on_a_jumping_clock
async def test_a_second_answer_that_is_wrong_leaves_the_first_its_time():
    slow = Fault(FaultKind.DELAY, FILM.article(50), seconds=2, first=1)
    wrong = Fault(FaultKind.CORRUPT, FILM.article(50), skip=1)
    line = Line(latency=ROUND_TRIP, faults=(slow, wrong))
    async with providers_of(line) as providers:
        await learn(providers, range(1, 20))
        assert await fetch(providers, 50) == pytest.approx(2 + ROUND_TRIP, abs=0.1)
        assert line.requests[FILM.article(50)] == 2
        [pool] = providers.pools
        assert (pool.tally.late, pool.tally.overtaken) == (1, 0)


@on_a_jumping_clock
async def test_S1_a_straggler_that_always_fails_costs_two_commands():
    patience = Patience(first_byte=1.5, stall=1.0)
    line = Line(latency=ROUND_TRIP, faults=(stalled(50),))
    async with providers_of(line, patience=patience) as providers:
        await learn(providers, range(1, 20))
        with pytest.raises(ArticleUnavailableError):
            await fetch(providers, 50)
        assert line.requests[FILM.article(50)] == 2


@on_a_jumping_clock
async def test_S1_who_leaves_has_both_given_up():
    line = Line(latency=ROUND_TRIP, faults=(stalled(50),))
    async with providers_of(line) as providers:
        await learn(providers, range(1, 20))
        task = asyncio.create_task(fetch(providers, 50))
        await asyncio.sleep(4 * ROUND_TRIP)
        assert line.requests[FILM.article(50)] == 2
        task.cancel()
        await asyncio.wait([task])
        await asyncio.sleep(2)
        assert sum(pool.unanswered + pool.queued for pool in providers.pools) == 0
        assert await fetch(providers, 60) < 2 * ROUND_TRIP


@on_a_jumping_clock
async def test_a_line_that_is_slow_for_all_is_not_asked_more():
    line = Line(latency=ROUND_TRIP)
    async with providers_of(line, max_connections=10) as providers:
        await learn(providers, range(1, 20))
        line.site.knobs = replace(line.site.knobs, latency=8 * ROUND_TRIP)
        numbers = iter(range(20, 380))

        async def read():
            for number in numbers:
                await fetch(providers, number)

        async with asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(read())
        assert sum(line.requests.values()) - len(line.requests) <= 0.02 * 380


@given(st.lists(st.booleans(), max_size=2000))
def test_so_many_are_asked_for_twice_and_no_more(events):
    allowance, served, spent = Allowance(), 0, 0
    for late in events:
        if late:
            spent += allowance.spend()
        else:
            allowance.earn()
            served += 1
        assert spent <= 2 + served / 100 + 1e-6
