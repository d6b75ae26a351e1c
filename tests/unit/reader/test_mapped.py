from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.aio.budget import ByteBudget
from altmount.articles import ArticleMissingError, ArticleUnavailableError, Urgency
from altmount.reader.mapped import MappedSource
from altmount.reader.source import read
from altmount.reader.store import ArticleStore
from altmount.spans import Span
from tests.support.articles import FakeArticles
from tests.support.payloads import bodies, extent_map, message_id, payload
from tests.support.sweep import cancel_at_every_step


def post(sizes, seed=1):
    data = payload(sum(sizes), seed)
    return data, FakeArticles(bodies(data, sizes)), extent_map(sizes)


def source_of(store, extents, most_ahead=8):
    return MappedSource(store, extents, most_ahead=most_ahead)


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=12),
    st.integers(1, 5),
    st.integers(40, 400),
    st.data(),
)
def test_any_span_reads_as_it_would_from_memory(sizes, most_ahead, limit, data):
    async def run():
        whole, articles, extents = post(sizes)
        start = data.draw(st.integers(0, len(whole)))
        stop = data.draw(st.integers(start, len(whole)))
        budget = ByteBudget(max(limit, 2 * max(sizes)))
        async with ArticleStore(articles, budget) as store:
            source = source_of(store, extents, most_ahead)
            assert await read(source, Span(start, stop)) == whole[start:stop]
            assert budget.most <= budget.limit
            await settle()
            assert store.in_the_air == 0

    asyncio.run(run())


async def test_S5_reads_inside_a_few_segments_cost_a_fetch_for_each():
    whole, articles, extents = post([1024] * 200)
    async with ArticleStore(articles, ByteBudget(1 << 20)) as store:
        source = source_of(store, extents)
        for first in (0, 37):
            articles.calls.clear()
            for count in range(200):
                start = (first + count * 5 % 8) * 1024 + count % 900
                assert await read(source, Span(start, start + 64)) == whole[start : start + 64]
            assert articles.calls.total() == 8


async def test_S5_a_read_up_to_the_end_of_a_partly_filled_last_segment_returns_what_is_there():
    whole, articles, extents = post([1024, 1024, 1024, 700])
    async with ArticleStore(articles, ByteBudget(1 << 20)) as store:
        source = source_of(store, extents)
        for _ in range(2):
            assert await read(source, Span(3072, source.size)) == whole[3072:]
        assert len(whole[3072:]) == 700


async def test_the_first_article_goes_alone_and_more_follows_once_it_was_used():
    _, articles, extents = post([1000] * 50)
    articles.gate = asyncio.Event()
    async with (
        ArticleStore(articles, ByteBudget(1 << 20)) as store,
        source_of(store, extents).open(Span(7500, 50_000)) as chunks,
    ):
        first = asyncio.create_task(anext(chunks))
        await settle()
        assert articles.started == [message_id(7)]
        assert articles.urgencies[message_id(7)] is Urgency.PLAYBACK_NOW
        articles.gate.set()
        assert len(await first) == 500
        await settle()
        assert articles.started == [message_id(7)]
        await anext(chunks)
        assert articles.started[:2] == [message_id(7), message_id(8)]
        assert articles.urgencies[message_id(8)] is Urgency.PLAYBACK_AHEAD


async def test_what_the_reader_has_not_come_to_is_no_claim_on_the_line():
    _, articles, extents = post([1000] * 50)
    async with (
        ArticleStore(articles, ByteBudget(1 << 20)) as store,
        source_of(store, extents).open(Span(0, 50_000)) as chunks,
    ):
        for _ in range(3):
            await anext(chunks)
        articles.gate = asyncio.Event()
        articles.hurried.clear()
        taking = asyncio.create_task(read_on(chunks, 5))
        await settle()
        last = articles.started[-1]
        assert articles.urgencies[last] is Urgency.PLAYBACK_LATER
        [(waited_for, urgency)] = articles.hurried
        assert urgency is Urgency.PLAYBACK_AHEAD
        assert waited_for != last
        articles.gate.set()
        await taking


async def read_on(chunks, count):
    for _ in range(count):
        await anext(chunks)


async def test_read_ahead_stops_at_the_end_of_the_span():
    _, articles, extents = post([1000] * 50)
    async with ArticleStore(articles, ByteBudget(1 << 20)) as store:
        await read(source_of(store, extents), Span(3000, 6001))
    assert sorted(articles.calls) == [message_id(index) for index in (3, 4, 5, 6)]


async def test_a_short_span_is_fetched_all_at_once():
    _, articles, extents = post([1000] * 50)
    articles.gate = asyncio.Event()
    async with ArticleStore(articles, ByteBudget(1 << 20)) as store:
        task = asyncio.create_task(read(source_of(store, extents), Span(3000, 9000)))
        await settle()
        assert articles.in_flight == 6
        articles.gate.set()
        await task


async def test_S9_leaving_drops_every_fetch():
    _, articles, extents = post([1000] * 50)
    articles.gate = asyncio.Event()
    async with ArticleStore(articles, ByteBudget(1 << 20)) as store:
        for _ in range(10):
            task = asyncio.create_task(read(source_of(store, extents), Span(0, 50_000)))
            await settle()
            assert articles.in_flight
            task.cancel()
            await settle()
            assert articles.in_flight == 0
            assert store.readers == 0
            assert store._budget.used == 0


async def test_an_error_comes_after_exactly_the_bytes_before_it():
    whole, articles, extents = post([1000] * 10)
    del articles.bodies[message_id(6)]
    got = bytearray()
    async with (
        ArticleStore(articles, ByteBudget(1 << 20)) as store,
        source_of(store, extents).open(Span(500, 10_000)) as chunks,
    ):
        with pytest.raises(ArticleMissingError):
            async for chunk in chunks:
                got += chunk
    assert got == whole[500:6000]


async def test_two_readers_do_not_disturb_each_other():
    whole, articles, extents = post([1000] * 30)
    async with ArticleStore(articles, ByteBudget(8000)) as store:
        source = source_of(store, extents)
        spans = [Span(0, 30_000), Span(5500, 17_000), Span(29_000, 30_000)]
        tasks = [asyncio.create_task(read(source, span)) for span in spans]
        for span, task in zip(spans, tasks, strict=True):
            assert await task == whole[span.start : span.stop]


async def test_M1_a_paused_reader_keeps_no_other_from_reading():
    whole, articles, extents = post([1000] * 30)
    budget = ByteBudget(6000)
    async with ArticleStore(articles, budget) as store:
        source = source_of(store, extents, most_ahead=20)
        async with source.open(Span(0, 30_000)) as paused:
            await anext(paused)
            await settle()
            assert await read(source, Span(15_000, 30_000)) == whole[15_000:]
            rest = b"".join([bytes(chunk) async for chunk in paused])
        assert rest == whole[1000:]
    assert budget.most <= budget.limit


async def test_a_failure_ahead_is_nobody_s_until_it_is_reached():
    _, articles, extents = post([1000] * 10)
    articles.errors[message_id(1)] = ArticleUnavailableError(message_id(1), "no")
    async with ArticleStore(articles, ByteBudget(1 << 20)) as store:
        async with source_of(store, extents).open(Span(0, 10_000)) as chunks:
            assert len(await anext(chunks)) == 1000
        await settle()
        assert store.in_the_air == 0


async def test_leaving_at_any_step_leaves_nothing():
    _, articles, extents = post([1000] * 12)
    budget = ByteBudget(5000)
    async with ArticleStore(articles, budget) as store:

        async def work():
            await read(source_of(store, extents), Span(100, 12_000))

        async def check():
            await settle()
            assert articles.in_flight == 0
            assert store.readers == 0
            assert budget.most <= budget.limit

        assert await cancel_at_every_step(work, check) > 5


async def test_M1_readers_share_the_budget_so_that_none_reads_ahead_what_others_need():
    _, articles, extents = post([1000] * 60)
    articles.gate = asyncio.Event()
    async with ArticleStore(articles, ByteBudget(20_000)) as store:
        source = source_of(store, extents, most_ahead=50)
        async with (
            source.open(Span(0, 50_000)) as first,
            source.open(Span(10_000, 59_000)) as other,
        ):
            tasks = [asyncio.create_task(anext(chunks)) for chunks in (first, other)]
            await settle()
            assert articles.in_flight == 10
            articles.gate.set()
            for task in tasks:
                await task
