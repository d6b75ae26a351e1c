from __future__ import annotations

import asyncio

import pytest

from altmount.api.measurement import Conditions, measure
from altmount.articles import Urgency, parse_message_id
from altmount.nntp.commands import Verb
from altmount.nntp.errors import AuthenticationError, ConnectionLostError
from tests.support.accounts import ARTICLE, FakeMemory, FakePool
from tests.support.clock import jumping_loop

ARTICLES = [parse_message_id(f"a{n}@x") for n in range(20)]


def run(work):
    with asyncio.Runner(loop_factory=jumping_loop) as runner:
        return runner.run(work())


def measured(pool=None, *, make=FakePool, memory=None, at_once=4, seconds=60.0, **conditions):
    """A measurement of a pool made within the loop, the pool and the memory."""

    async def work():
        used, room = pool or make(), memory or FakeMemory()
        terms = Conditions(room, at_once, seconds, **conditions)
        return await measure(used, ARTICLES, ARTICLE, terms), used, room

    return run(work)


def test_every_article_is_fetched_once_and_the_time_is_to_the_last():
    found, pool, memory = measured()
    assert [command.message_id for command in pool.asked] == ARTICLES
    assert {command.verb for command in pool.asked} == {Verb.BODY}
    assert (found.articles, found.bytes, found.missing) == (20, 20 * ARTICLE, 0)
    assert found.seconds == pytest.approx(0.5, abs=0.01)
    assert found.rate == pytest.approx(40 * ARTICLE, rel=0.02)
    assert pool.most_asking == 4
    assert pool.urgencies == {Urgency.HEALTH}
    assert memory.used == 0


def test_the_time_is_bounded_and_what_is_on_its_way_then_does_not_count():
    found, pool, memory = measured(make=lambda: FakePool(seconds=3.0), seconds=10.0)
    assert (found.articles, found.seconds) == (12, 10.0)
    assert found.rate == pytest.approx(12 * ARTICLE / 10)
    assert pool.asking == 0
    assert memory.used == 0


def test_no_more_is_in_the_air_than_there_is_memory_for():
    found, pool, memory = measured(memory=FakeMemory(2 * ARTICLE))
    assert pool.most_asking == 2
    assert memory.most == 2 * ARTICLE
    assert found.articles == 20


def test_nothing_is_asked_for_while_a_player_waits():
    found, pool, _ = measured(may_go_on=lambda: False, seconds=5.0)
    assert pool.asked == []
    assert (found.articles, found.seconds, found.rate) == (0, 5.0, 0.0)


def test_what_is_missing_is_told_apart():
    def make():
        pool = FakePool()
        pool.missing = set(ARTICLES[:5])
        return pool

    found, *_ = measured(make=make)
    assert (found.articles, found.missing, found.bytes) == (15, 5, 15 * ARTICLE)


@pytest.mark.parametrize(
    ("error", "most"), [(AuthenticationError("no"), 4), (ConnectionLostError("gone"), 8)]
)
def test_where_nothing_works_it_ends_soon_with_the_reason(error, most):
    pools = []

    def make():
        pools.append(FakePool(error=error))
        return pools[0]

    with pytest.raises(type(error)):
        measured(make=make)
    assert len(pools[0].asked) <= most
    assert pools[0].asking == 0


def test_a_failure_among_others_is_counted():
    class Flaky(FakePool):
        async def ask(self, command, *arguments, **options):
            if command.message_id in ARTICLES[10:13]:
                raise ConnectionLostError("gone")
            return await super().ask(command, *arguments, **options)

    found, *_ = measured(make=Flaky)
    assert (found.articles, found.failed) == (17, 3)


def test_who_leaves_leaves_nothing_behind():
    async def work():
        pool, memory = FakePool(seconds=100), FakeMemory()
        terms = Conditions(memory, 4, 1000.0)
        measuring = asyncio.create_task(measure(pool, ARTICLES, ARTICLE, terms))
        await asyncio.sleep(1)
        assert (pool.asking, memory.used) == (4, 4 * ARTICLE)
        measuring.cancel()
        await asyncio.wait([measuring])
        assert (pool.asking, memory.used) == (0, 0)
        assert len(asyncio.all_tasks()) == 1

    run(work)
