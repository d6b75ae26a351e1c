from __future__ import annotations

import asyncio

import pytest

from altmount.aio.budget import ByteBudget
from altmount.articles import (
    ArticleDamagedError,
    ArticleMissingError,
    ArticleUnavailableError,
    Part,
    Urgency,
)
from altmount.reader import store as store_module
from altmount.reader.store import ArticleStore
from tests.support.articles import FakeArticles
from tests.support.clock import on_a_jumping_clock
from tests.support.payloads import bodies, message_id, payload
from tests.support.sweep import cancel_at_every_step

SIZES = [1000] * 20
BODIES = bodies(payload(20_000), SIZES)
NOW, AHEAD = Urgency.PLAYBACK_NOW, Urgency.PLAYBACK_AHEAD


def part(index):
    return BODIES[message_id(index)].part


@pytest.fixture
async def articles():
    return FakeArticles(BODIES)


@pytest.fixture
async def budget():
    return ByteBudget(5000)


@pytest.fixture
async def store(articles, budget):
    async with ArticleStore(articles, budget) as store:
        yield store


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


async def test_all_who_want_an_article_share_one_fetch(store, articles):
    async def get():
        return await store.body(message_id(0), urgency=NOW, part=part(0))

    tasks = [asyncio.create_task(get()) for _ in range(10)]
    await asyncio.wait(tasks)
    assert {bytes(task.result().data) for task in tasks} == {bytes(BODIES[message_id(0)].data)}
    await get()
    assert articles.calls == {message_id(0): 1}


async def test_a_fetch_goes_on_while_anyone_waits_and_ends_with_the_last(store, articles):
    articles.gate = asyncio.Event()
    wishes = [store.wish(message_id(0), part(0), NOW) for _ in range(2)]
    await settle()
    wishes[0].release()
    await settle()
    assert articles.in_flight == 1
    wishes[1].release()
    await settle()
    assert articles.in_flight == 0
    assert articles.cancelled == [message_id(0)]
    assert store._budget.used == 0


async def test_cancelling_one_who_waits_leaves_the_others(store, articles):
    articles.gate = asyncio.Event()
    tasks = [
        asyncio.create_task(store.body(message_id(0), urgency=NOW, part=part(0))) for _ in range(3)
    ]
    await settle()
    tasks[0].cancel()
    await settle()
    articles.gate.set()
    assert (await tasks[1]).data == (await tasks[2]).data
    assert articles.calls[message_id(0)] == 1


async def test_M1_what_is_kept_makes_way_oldest_first(store, articles, budget):
    for index in (0, 1, 2, 3, 4, 0, 5):
        await store.body(message_id(index), urgency=NOW, part=part(index))
        assert budget.used <= budget.limit
    await store.body(message_id(0), urgency=NOW, part=part(0))
    assert articles.calls[message_id(0)] == 1
    await store.body(message_id(1), urgency=NOW, part=part(1))
    assert articles.calls[message_id(1)] == 2
    assert budget.most <= budget.limit


async def test_M1_what_an_article_is_smaller_than_foreseen_is_room_for_others(store, budget):
    await store.body(message_id(0), urgency=NOW)  # nobody says how large it is
    assert budget.most == 5000
    assert budget.used == 1000


async def test_M1_no_fetch_starts_without_room_and_the_urgent_go_first(store, articles, budget):
    articles.gate = asyncio.Event()
    wishes = [store.wish(message_id(index), part(index), AHEAD) for index in range(8)]
    urgent = store.wish(message_id(9), part(9), NOW)
    await settle()
    assert articles.in_flight == 5
    assert budget.used == 5000
    wishes[0].release()
    await settle()
    assert articles.started[-1] == message_id(9)
    assert budget.most <= budget.limit
    articles.gate.set()
    await urgent.take(NOW)
    for wish in (*wishes[1:], urgent):
        wish.release()


async def test_what_was_read_ahead_makes_way_for_who_waits_and_is_fetched_again(store, articles):
    """A paused player's read-ahead never keeps another from playing."""
    ahead = [store.wish(message_id(index), part(index), AHEAD) for index in range(5)]
    await settle()
    assert all(wish.ready for wish in ahead)
    await store.body(message_id(9), urgency=NOW, part=part(9))
    assert not ahead[0].ready
    body = await ahead[0].take(NOW)
    assert body.data == BODIES[message_id(0)].data
    assert articles.calls[message_id(0)] == 2
    for wish in ahead:
        wish.release()


async def test_read_ahead_does_not_make_way_for_read_ahead(store, articles):
    ahead = [store.wish(message_id(index), part(index), AHEAD) for index in range(5)]
    await settle()
    more = store.wish(message_id(9), part(9), AHEAD)
    await settle()
    assert all(wish.ready for wish in ahead)
    assert articles.calls.total() == 5
    ahead[0].release()
    await settle()
    assert more.ready
    for wish in (*ahead, more):
        wish.release()


async def test_what_is_being_sent_is_never_evicted(store, articles, monkeypatch):
    monkeypatch.setattr(store_module, "_ROOM_SECONDS", 0.01)
    pinned = [store.wish(message_id(index), part(index), NOW) for index in range(5)]
    for wish in pinned:
        await wish.take(NOW)
    with pytest.raises(ArticleUnavailableError, match="cache_bytes"):
        await store.body(message_id(9), urgency=NOW, part=part(9))
    assert all(wish.ready for wish in pinned)
    pinned[0].release()
    await store.body(message_id(9), urgency=NOW, part=part(9))
    for wish in pinned[1:]:
        wish.release()


async def test_an_error_reaches_all_who_wait_and_is_not_kept(store, articles):
    error = ArticleMissingError(message_id(0))
    articles.errors[message_id(0)] = error
    tasks = [
        asyncio.create_task(store.body(message_id(0), urgency=NOW, part=part(0))) for _ in range(3)
    ]
    await asyncio.wait(tasks)
    errors = [task.exception() for task in tasks]
    assert {type(one) for one in errors} == {ArticleMissingError}
    assert {(str(one), one.message_id) for one in errors} == {(str(error), message_id(0))}
    assert len({id(one) for one in errors}) == 3  # each collects its own frames
    assert store._budget.used == 0
    del articles.errors[message_id(0)]
    assert (await store.body(message_id(0), urgency=NOW, part=part(0))).data


async def test_S1_what_failed_ahead_of_its_reader_is_not_asked_for_again(store, articles):
    articles.errors[message_id(0)] = ArticleUnavailableError(message_id(0), "no answer")
    wishes = [store.wish(message_id(0), part(0), AHEAD) for _ in range(2)]
    await settle()
    for wish in wishes:
        with pytest.raises(ArticleUnavailableError, match="no answer"):
            await wish.take(NOW)
        wish.release()
    assert articles.calls == {message_id(0): 1}
    del articles.errors[message_id(0)]
    await store.body(message_id(0), urgency=NOW)  # another read asks
    assert articles.calls == {message_id(0): 2}


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        (ArticleUnavailableError(message_id(0), "no answer"), 2),
        (ArticleMissingError(message_id(0)), 1),
        (ArticleDamagedError(message_id(0), "wrong"), 1),
    ],
)
@on_a_jumping_clock
async def test_what_may_pass_is_asked_for_again_for_who_was_away_for_long(error, calls):
    articles = FakeArticles(BODIES)
    articles.errors[message_id(0)] = error
    async with ArticleStore(articles, ByteBudget(5000)) as store:
        wish = store.wish(message_id(0), part(0), AHEAD)
        await asyncio.sleep(29)
        with pytest.raises(type(error)):
            await wish.take(NOW)
        assert articles.calls == {message_id(0): 1}
        await asyncio.sleep(2)
        with pytest.raises(type(error)):
            await wish.take(NOW)
        assert articles.calls == {message_id(0): calls}
        wish.release()


@on_a_jumping_clock
async def test_who_found_no_memory_has_not_asked(monkeypatch):
    monkeypatch.setattr(store_module, "_ROOM_SECONDS", 1.0)
    articles = FakeArticles(BODIES)
    async with ArticleStore(articles, ByteBudget(1000)) as store:
        held = store.wish(message_id(0), part(0), NOW)
        await held.take(NOW)
        impatient, later = (store.wish(message_id(1), part(1), AHEAD) for _ in range(2))
        with pytest.raises(ArticleUnavailableError, match="memory"):
            await impatient.take(NOW)
        impatient.release()
        held.release()
        assert bytes((await later.take(NOW)).data) == bytes(BODIES[message_id(1)].data)
        later.release()


async def test_a_more_urgent_wish_hurries_a_fetch_that_is_under_way(store, articles):
    articles.gate = asyncio.Event()
    slow = store.wish(message_id(0), part(0), Urgency.IMPORT)
    await settle()
    fast = store.wish(message_id(0), part(0), NOW)
    assert articles.hurried == [(message_id(0), NOW)]
    slow.release()
    fast.release()


async def test_R1_a_kept_body_that_does_not_fit_the_map_is_not_served(store, articles):
    await store.body(message_id(0), urgency=Urgency.IMPORT)
    wrong = Part(0, 999, 20_000)
    with pytest.raises(ArticleDamagedError):
        await store.body(message_id(0), urgency=NOW, part=wrong)
    assert (await store.body(message_id(0), urgency=NOW, part=part(0))).data


async def test_presence_is_known_of_what_is_here(store, articles):
    await store.body(message_id(0), urgency=NOW, part=part(0))
    assert await store.exists(message_id(0), urgency=Urgency.IMPORT)
    assert articles.calls[message_id(0)] == 1
    assert not await store.exists(message_id(99), urgency=Urgency.IMPORT)


async def test_leaving_at_any_step_gives_all_bytes_back(store, articles, budget):
    async def work():
        wishes = [store.wish(message_id(index), part(index), AHEAD) for index in range(8)]
        try:
            for wish in wishes:
                await wish.take(NOW)
                wish.release()
        finally:
            for wish in wishes:
                wish.release()

    async def check():
        await settle()
        assert articles.in_flight == 0
        assert store.in_the_air == 0
        held = sum(entry.size for entry in store._kept)
        assert budget.used == held <= budget.limit
        assert not store._ahead

    assert await cancel_at_every_step(work, check) > 5
