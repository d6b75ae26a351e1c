"""What storms may cost in time, on a clock that jumps: the reader stack over our news server."""

from __future__ import annotations

import asyncio
import random
import statistics
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from altmount.aio.budget import ByteBudget
from altmount.articles import ArticleDamagedError, ArticleUnavailableError
from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.nntp.commands import Credentials
from altmount.nntp.connection import Patience
from altmount.nntp.provider import Provider
from altmount.nntp.providers import Providers
from altmount.reader.mapped import MappedSource
from altmount.reader.source import read
from altmount.reader.store import ArticleStore
from altmount.spans import Span
from tests.support.clock import on_a_jumping_clock
from tests.support.film import Film
from tests.support.line import Line

FILM = Film(60 * 20_000, 20_000)
ROUND_TRIP = 0.1


@asynccontextmanager
async def reading(*lines, film=FILM, **options):
    """The film as the program reads it, from providers at the ends of these lines."""
    async with AsyncExitStack() as stack:
        budget = ByteBudget(64 << 20)
        accounts = [
            Provider(f"p{index}", f"p{index}.example", 119, **options)
            for index in range(len(lines))
        ]
        dials = {account.host: line.dial for account, line in zip(accounts, lines, strict=True)}
        for line in set(lines):
            await stack.enter_async_context(line)
        providers = Providers(budget, dial_of=lambda account: dials[account.host])
        await stack.enter_async_context(providers)
        providers.apply(accounts)
        store = await stack.enter_async_context(ArticleStore(providers, budget))
        yield MappedSource(store, film.extents(), most_ahead=60), providers.pools, store


async def first_byte(source, start):
    """Seconds from opening to the first byte."""
    began = now()
    async with source.open(Span(start, source.size)) as chunks:
        await anext(chunks)
    return now() - began


def now():
    return asyncio.get_running_loop().time()


def part(number):
    return Span(FILM.begin(number), FILM.begin(number + 1))


@on_a_jumping_clock
async def test_S3_thirty_readers_that_fail_together_come_back_apart():
    fault = Fault(FaultKind.STATUS, FILM.article("*"), code=400)
    line = Line(faults=(fault,), latency=0.001)
    async with reading(line, max_connections=30) as (source, *_), asyncio.TaskGroup() as group:
        for number in range(1, 31):
            group.create_task(fails(source, number))
    gaps = [later - first for first, later in line.asked_at.values()]
    assert len(gaps) == 30
    assert all(0.05 <= gap <= 0.15 + 0.005 for gap in gaps)
    assert statistics.stdev(gaps) / statistics.mean(gaps) > 0.1


async def fails(source, number):
    with pytest.raises(ArticleUnavailableError):
        await read(source, part(number))


FAILURES = {
    "says 400": Fault(FaultKind.STATUS, FILM.article(5), code=400),
    "says 502": Fault(FaultKind.STATUS, FILM.article(5), code=502),
    "hangs up": Fault(FaultKind.DROP, FILM.article(5), at=5000),
    "says nothing": Fault(FaultKind.STALL, FILM.article(5)),
    "is wrong": Fault(FaultKind.CORRUPT, FILM.article(5)),
}


@pytest.mark.parametrize("failure", FAILURES)
@on_a_jumping_clock
async def test_S1_a_segment_that_failed_while_its_player_paused_is_not_asked_for_again(failure):
    line = Line(faults=(FAILURES[failure],), latency=0.01)
    patience = Patience(first_byte=2.0)
    async with reading(line, max_connections=4, patience=patience) as (source, _, _):
        got = bytearray()
        async with source.open(Span(0, FILM.begin(10))) as chunks:
            got += await anext(chunks)
            await asyncio.sleep(10)  # all of it is fetched meanwhile
            assert FILM.article(9) in line.requests
            asked = line.requests[FILM.article(5)]
            assert asked == (1 if failure == "is wrong" else 2)
            with pytest.raises((ArticleUnavailableError, ArticleDamagedError)):
                async for chunk in chunks:
                    got += chunk
        assert bytes(got) == FILM.bytes(0, FILM.begin(5))
        assert line.requests[FILM.article(5)] == asked


@pytest.mark.parametrize("connections", [1, 2])
@on_a_jumping_clock
async def test_S3_after_a_deadline_another_connection_is_asked_at_once(connections):
    line = Line(faults=(Fault(FaultKind.STALL, FILM.article(7), first=1),))
    patience = Patience(first_byte=2.0, stall=3.0)
    async with reading(line, max_connections=connections, patience=patience) as (source, *_):
        assert await read(source, part(7)) == FILM.bytes(*(part(7).start, part(7).stop))
    first, second = line.asked_at[FILM.article(7)]
    assert second - first == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize(
    "pauses",
    [[0.0], [0.001], [0.005], [0.02], [0.01, 0.02, 0.05, 0.9 * ROUND_TRIP]],
    ids=["none", "1 ms", "5 ms", "20 ms", "some"],
)
@pytest.mark.parametrize("connections", [4, 8, 20])
@on_a_jumping_clock
async def test_S6_the_last_of_fifty_seeks_waits_for_one_article_only(connections, pauses):
    line = Line(latency=ROUND_TRIP)
    async with reading(line, max_connections=connections, depth=10) as (source, pools, store):
        await read(source, Span(0, part(3).stop))
        lone = await first_byte(source, FILM.begin(4))  # on a warm connection
        assert lone == pytest.approx(ROUND_TRIP, abs=0.02)
        before, asked = len(asyncio.all_tasks()), line.requests.total()
        chance = random.Random(6)
        for _ in range(49):
            seek = asyncio.create_task(first_byte(source, FILM.begin(chance.randint(5, 50))))
            while not store.in_the_air:
                await asyncio.sleep(0)
            await asyncio.sleep(chance.choice(pauses))
            seek.cancel()
            await asyncio.wait([seek])
        assert await first_byte(source, FILM.begin(55)) <= 1.5 * lone
        await asyncio.sleep(0)
        assert store.in_the_air == store.readers == 0
        assert len(asyncio.all_tasks()) <= before + connections
        assert line.requests.total() - asked <= 1.2 * 50
        await asyncio.sleep(2)
        assert sum(pool.unanswered + pool.queued for pool in pools) == 0


@pytest.mark.parametrize(("accounts", "connections", "readers"), [(2, 4, 5), (3, 2, 5), (5, 4, 10)])
@on_a_jumping_clock
async def test_a_seek_on_a_line_that_several_accounts_fill_takes_a_few_article_times(
    accounts, connections, readers
):
    """They are one house's, whose line is full: what each may have in flight is not all."""
    film, rate = Film(2000 * 700_000, 700_000), 50e6
    house = Line(latency=0.02, total_rate=rate)
    ends = [house] * accounts
    async with reading(*ends, film=film, max_connections=connections) as (source, pools, _):
        await first_byte(source, film.begin(1901))
        lone = await first_byte(source, film.begin(1902))
        streams = [
            asyncio.create_task(played(source, film.begin(1 + 150 * number)))
            for number in range(readers)
        ]
        await asyncio.sleep(3)
        received, began = sum(pool.received for pool in pools), now()
        seeks = []
        for number in range(1910, 1917):
            seeks.append(await first_byte(source, film.begin(number)))
            await asyncio.sleep(0.2)
        received = sum(pool.received for pool in pools) - received
        assert statistics.median(seeks) <= 5 * lone
        assert received >= 0.75 * rate * (now() - began)
        assert min(pool.received for pool in pools) > 0
        for stream in streams:
            stream.cancel()
        await asyncio.wait(streams)


async def played(source, start):
    async with source.open(Span(start, source.size)) as chunks:
        async for _ in chunks:
            pass


@pytest.mark.parametrize("clients", [1, 10])
@on_a_jumping_clock
async def test_S9_a_reader_that_leaves_frees_all_within_50_ms(clients):
    line = Line(faults=(Fault(FaultKind.DELAY, FILM.article("*"), seconds=2.0),))
    async with reading(line, max_connections=4, depth=10) as (source, pools, store):
        before = len(asyncio.all_tasks())
        readers = [
            asyncio.create_task(first_byte(source, FILM.begin(1 + index)))
            for index in range(clients)
        ]
        await asyncio.sleep(0.5)
        assert store.readers == clients
        left = now()
        for reader in readers:
            reader.cancel()
        await asyncio.wait(readers)
        await asyncio.sleep(0.05 - (now() - left))
        assert store.in_the_air == store.readers == 0
        assert sum(pool.unanswered + pool.queued for pool in pools) == 0
        sessions = len(line.sessions)
        assert len(asyncio.all_tasks()) <= before + sessions


@on_a_jumping_clock
async def test_P1_all_bodies_on_one_slow_connection_arrive_while_it_makes_progress():
    line = Line(connection_rate=20_000)  # an article a second
    patience = Patience(first_byte=1.5, stall=0.5)
    async with reading(line, max_connections=1, depth=20, patience=patience) as (source, *_):
        whole = Span(0, 30 * FILM.article_size)
        assert await read(source, whole) == FILM.bytes(0, whole.stop)
        assert set(line.requests.values()) == {1}
        assert line.site.counters.now.bodies_in_flight_peak > 2
        assert now() > 30


@pytest.mark.parametrize(
    "silence",
    [
        {"silent_greeting": True},
        {"username": "user", "silent_login": True},
        {"faults": (Fault(FaultKind.STALL, FILM.article("*")),)},
        {"faults": (Fault(FaultKind.STALL, FILM.article("*"), at=5000),)},
    ],
)
@on_a_jumping_clock
async def test_P3_a_silence_has_a_bound_and_is_forgiven(silence):
    line = Line(password="x", **silence)
    async with reading(line, credentials=Credentials("user", "x")) as (source, *_):
        with pytest.raises(ArticleUnavailableError):
            await read(source, part(3))
        assert now() <= 2 * 30
        line.site.knobs = Knobs(username="user", password="x")
        await asyncio.sleep(2)
        assert await read(source, part(3)) == FILM.bytes(part(3).start, part(3).stop)


@pytest.mark.parametrize("providers", [1, 2])
@pytest.mark.parametrize("seconds", [3, 20])
@on_a_jumping_clock
async def test_a_film_outlives_a_line_that_is_cut_in_the_middle(providers, seconds):
    lines = [Line(latency=0.02) for _ in range(providers)]
    async with reading(*lines, max_connections=4) as (source, pools, _):
        got, longest = bytearray(), 0.0
        cutter = asyncio.create_task(cut(lines, after=2.0, seconds=seconds))
        async with source.open(Span(0, source.size)) as chunks:
            before = now()
            async for chunk in chunks:
                longest = max(longest, now() - before)
                got += chunk
                await asyncio.sleep(0.2)  # a player that takes its time
                before = now()
        await cutter
        assert bytes(got) == FILM.bytes(0, source.size)
        # What is noticed late is noticed within the patience for one answer and one call.
        assert longest < seconds + 12
        assert all(pool.state.account == "ok" for pool in pools)
        assert max(sum(line.requests[name] for line in lines) for name in names()) <= 2


async def cut(lines, after, seconds):
    await asyncio.sleep(after)
    for line in lines:
        line.up.clear()
    await asyncio.sleep(seconds)
    for line in lines:
        line.restore()


def names():
    return [FILM.article(number) for number in range(1, FILM.articles + 1)]


@on_a_jumping_clock
async def test_a_network_that_is_down_is_no_provider_s_fault_and_opens_no_breaker():
    lines = [Line(latency=0.02) for _ in range(2)]
    async with reading(*lines, max_connections=4) as (source, pools, _):
        await read(source, part(1))
        for line in lines:
            line.up.clear()
            for session in list(line.sessions):
                await session.abort()
        reads = [asyncio.create_task(read(source, part(number))) for number in range(2, 32)]
        await asyncio.sleep(25)
        assert {pool.state.account for pool in pools} == {"network down"}
        assert {pool.state.breaker for pool in pools} == {"closed"}
        assert not any(task.done() for task in reads)
        for line in lines:
            line.restore()
        restored = now()
        for number, task in enumerate(reads, 2):
            assert await task == FILM.bytes(part(number).start, part(number).stop)
        assert now() - restored < 3
        assert sum(line.requests.total() for line in lines) == 31


@on_a_jumping_clock
async def test_a_network_that_stays_down_is_waited_for_so_long_and_then_not_at_all():
    line = Line()
    async with reading(line, max_connections=4) as (source, *_):
        await read(source, part(1))
        line.up.clear()
        for session in list(line.sessions):
            await session.abort()
        began = now()
        await fails(source, 2)
        assert 40 <= now() - began <= 60
        began = now()
        await fails(source, 3)
        assert now() - began == 0
        line.restore()
        await asyncio.sleep(31)
        assert await read(source, part(3)) == FILM.bytes(part(3).start, part(3).stop)
