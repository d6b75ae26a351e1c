"""The invariants of the design, through the real front door and real sockets."""

from __future__ import annotations

import asyncio
import random

import pytest

from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.newsserver.server import NewsServer
from altmount.newsserver.synthetic import payload
from tests.support.client import asking, fetch, fetch_range, head_of, target_of
from tests.support.program import serving, synthetic

ARTICLE = 50_000
SIZE = 40 * ARTICLE + 777
PATH = "/complete/Film/Film.mkv"
TARGET = target_of(PATH)
NZB = synthetic(SIZE, article_size=ARTICLE)


def article(number):
    return f"s1.{SIZE}.{ARTICLE}.{number}@synthetic"


def truth(start, stop):
    return payload(1, start, stop, article_size=ARTICLE)


@pytest.fixture
async def news():
    async with NewsServer() as server:
        yield server


@pytest.fixture
async def other_news():
    async with NewsServer() as server:
        yield server


@pytest.fixture
async def film(tmp_path, news):
    """The program with a film, whose articles are not in memory any more."""
    async with serving(tmp_path, news) as program:
        await bring(program, news)
        yield program


async def bring(program, *servers):
    job = await program.bring(NZB)
    assert job.path == "/complete/Film", job.message
    await program.calm()
    forget(program)
    for server in servers:
        server.counters.reset()


def forget(program):
    store = program.program.store
    for entry in list(store._kept):
        store._evict(entry)


def faults(server, *faults):
    server.knobs = Knobs(faults=faults)


async def test_S1_a_segment_that_always_fails_costs_two_commands_a_read(film, news):
    faults(news, Fault(FaultKind.STATUS, article(5), code=400))
    reply = await fetch_range(film.port, TARGET, 4 * ARTICLE, 5 * ARTICLE)
    assert reply.status == 503
    assert reply.headers["retry-after"]
    assert news.counters.now.body_requests == {article(5): 2}


async def test_S1_a_missing_segment_costs_one_command_for_each_provider(tmp_path, news, other_news):
    async with serving(tmp_path, news, other_news) as film:
        await bring(film, news, other_news)
        for server in (news, other_news):
            faults(server, Fault(FaultKind.MISSING, article(5)))
        reply = await fetch_range(film.port, TARGET, 4 * ARTICLE, 5 * ARTICLE)
        assert reply.status == 502
        assert b"no provider" in reply.body
        for server in (news, other_news):
            assert server.counters.now.body_requests == {article(5): 1}


async def test_S5_scattered_small_reads_cost_each_segment_once(film, news):
    for count in range(200):
        start = (3 + count * 5 % 8) * ARTICLE + count * 100
        reply = await fetch_range(film.port, TARGET, start, start + 64)
        assert reply.body == truth(start, start + 64)
    assert news.counters.now.body_requests.total() == 8


@pytest.mark.parametrize("clients", [1, 20])
async def test_S9_who_leaves_in_mid_article_frees_everything(film, news, clients):
    """The article never comes, so what is free is free because they left."""
    before = film.snapshot()
    faults(news, Fault(FaultKind.HOLD, article(20)))

    async def leave():
        start = 19 * ARTICLE - 10
        async with asking(film.port, TARGET, headers=[f"Range: bytes={start}-"]) as reader:
            reply = await head_of(reader)
            assert reply.status == 206
            await reader.readexactly(10)

    async def wait():
        async with asking(film.port, TARGET, headers=[f"Range: bytes={19 * ARTICLE}-"]):
            while not news.counters.now.held:
                await asyncio.sleep(0)
            await asyncio.sleep(0.01)

    async with asyncio.TaskGroup() as group:
        for index in range(clients):
            group.create_task(wait() if index % 2 == 0 else leave())
    await film.calm(since=before)
    assert not film.program.budget.used - sum(e.size for e in film.program.store._kept)
    news.gates.release("gate")
    reply = await fetch_range(film.port, TARGET, 18 * ARTICLE, 21 * ARTICLE)
    assert reply.body == truth(18 * ARTICLE, 21 * ARTICLE)


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.CORRUPT,
        FaultKind.SHORT,
        FaultKind.LONG,
        FaultKind.FOREIGN,
        FaultKind.WRONG_RANGE,
        FaultKind.WRONG_SIZE,
        FaultKind.TEXT,
        FaultKind.DROP,
        FaultKind.RESET,
    ],
)
async def test_R1_a_wrong_article_is_asked_of_the_next_provider_or_ends_the_read(
    tmp_path, news, other_news, kind
):
    bad = Fault(kind, article(8), at=100)
    async with serving(tmp_path, news, other_news) as film:
        await bring(film)
        faults(news, bad)
        reply = await fetch(film.port, TARGET)
        assert reply.body == truth(0, SIZE)

        forget(film)
        faults(other_news, bad)
        reply = await fetch(film.port, TARGET)
        assert reply.status == 200
        assert reply.cut
        assert reply.body == truth(0, len(reply.body))
        assert len(reply.body) <= 7 * ARTICLE
        await film.calm()


async def test_R2_odd_ranges_are_answered_as_the_rfc_says(film, news):
    for header, start, stop in [
        ("bytes=-50", SIZE - 50, SIZE),
        (f"bytes={SIZE - 9}-{SIZE * 5}", SIZE - 9, SIZE),
        (f"bytes=-{SIZE * 9}", 0, SIZE),
    ]:
        reply = await fetch(film.port, TARGET, headers=[f"Range: {header}"])
        assert reply.status == 206
        assert reply.headers["content-range"] == f"bytes {start}-{stop - 1}/{SIZE}"
        assert reply.body == truth(start, stop)
    for header in (f"bytes={SIZE}-", "bytes=-0"):
        reply = await fetch(film.port, TARGET, headers=[f"Range: {header}"])
        assert reply.status == 416
        assert reply.headers["content-range"] == f"bytes */{SIZE}"
    assert (await fetch(film.port, TARGET)).body == truth(0, SIZE)


async def test_P1_queued_bodies_all_arrive_over_one_slow_connection(tmp_path, news):
    provider = {"max_connections": 1, "inflight_requests": 20}
    async with serving(tmp_path, news, provider=provider) as film:
        await bring(film, news)
        news.knobs = Knobs(connection_rate=5_000_000)
        reply = await fetch_range(film.port, TARGET, 0, 20 * ARTICLE)
        assert reply.body == truth(0, 20 * ARTICLE)
        assert set(news.counters.now.body_requests.values()) == {1}


@pytest.mark.parametrize("code", [400, 502])
async def test_P3_one_refusal_never_removes_a_provider(film, news, code):
    faults(news, Fault(FaultKind.STATUS, article(3), code=code, first=1))
    assert (await fetch(film.port, TARGET)).body == truth(0, SIZE)
    await news.disconnect()
    news.knobs = Knobs(greeting_code=code)
    forget(film)
    assert (await fetch_range(film.port, TARGET, 0, 10)).status == 503
    news.knobs = Knobs()
    reply = await fetch(film.port, TARGET)
    while reply.status == 503:  # the next dial comes a little later
        await asyncio.sleep(0.05)
        reply = await fetch(film.port, TARGET)
    assert reply.body == truth(0, SIZE)


async def test_P3_a_cap_below_what_was_sold_is_lived_with(tmp_path, news):
    news.knobs = Knobs(connection_cap=3)
    async with serving(tmp_path, news, provider={"max_connections": 20}) as film:
        await bring(film, news)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(film.port, TARGET)) for _ in range(5)]
        assert all(task.result().body == truth(0, SIZE) for task in tasks)
        assert news.counters.now.connections_peak <= 3


async def test_M1_fifty_streams_stay_within_the_budget(tmp_path, news):
    budget = 16 << 20
    size = 20 * 716_800
    nzb = synthetic(size, seed=7)
    async with serving(tmp_path, news, streaming={"cache_bytes": budget}) as program:
        job = await program.bring(nzb)
        target = target_of(f"{job.path}/Film.mkv")
        chance = random.Random(5)

        async def play():
            start = chance.randrange(size)
            async with asking(program.port, target, headers=[f"Range: bytes={start}-"]) as reader:
                await head_of(reader)
                wanted = payload(7, start, min(size, start + 900_000), article_size=716_800)
                assert await reader.readexactly(len(wanted)) == wanted
                if chance.random() < 0.3:
                    return  # leaves in the middle
                rest = size - start - len(wanted)
                await reader.readexactly(rest)

        before = program.snapshot()
        async with asyncio.TaskGroup() as group:
            for _ in range(50):
                group.create_task(play())
        await program.calm(since=before)
        assert 0 < program.program.budget.most <= budget
        assert program.program.budget.used <= budget
