from __future__ import annotations

import asyncio

import pytest

from altmount.aio.budget import ByteBudget
from altmount.articles import Urgency
from altmount.jobs import JobStatus
from altmount.metrics.watch import ALL, Watch
from altmount.nntp.line import Line
from altmount.nntp.provider import Provider
from altmount.nntp.providers import Providers
from altmount.reader.store import ArticleStore
from altmount.streaming.monitor import Streams
from tests.support.clock import jumping_loop
from tests.support.news import FakeServer
from tests.support.payloads import bodies, message_id, payload

BODIES = bodies(payload(20_000), [10_000, 10_000])
A, B = message_id(0), message_id(1)


class Jobs:
    async def counts(self):
        return {JobStatus.FAILED: 3}


def watching(live):
    """Run ``live`` with a watch, its store and its pool, on a clock that jumps."""

    async def run():
        budget = ByteBudget(1 << 23)
        server = FakeServer(BODIES)
        async with (
            Providers(budget, dial_of=lambda _: server.dial) as providers,
            ArticleStore(providers, budget) as store,
        ):
            providers.apply([Provider("one", "h", 119)])
            async with Watch(
                lambda: providers.pools, providers.flow, store, budget, Streams(), Jobs()
            ) as watch:
                await live(watch, store)

    with asyncio.Runner(loop_factory=jumping_loop) as runner:
        runner.run(run())


def test_a_sample_has_what_was_fetched_and_what_was_in_memory():
    async def live(watch, store):
        await store.body(A, urgency=Urgency.PLAYBACK_NOW)
        await store.body(A, urgency=Urgency.PLAYBACK_NOW)
        sharing = [asyncio.ensure_future(store.body(B, urgency=Urgency.IMPORT)) for _ in range(2)]
        await asyncio.wait(sharing)
        sample = await watch.sample()
        assert sample.cache.requests == {"provider": 2, "memory": 1, "shared": 1}
        assert (sample.cache.kept, sample.cache.ahead, sample.cache.coming) == (2, 0, 0)
        assert sample.cache.used_bytes == 20_000
        [account] = sample.accounts
        assert sum(account.tally.articles) == 2
        assert sample.jobs == {"queued": 0, "paused": 0, "running": 0, "completed": 0, "failed": 3}

    watching(live)


def test_speeds_are_noted_by_themselves_and_so_is_a_late_loop():
    async def live(watch, store):
        await asyncio.sleep(20)
        await store.body(A, urgency=Urgency.PLAYBACK_NOW)
        asyncio.get_running_loop()._selector.now += 3
        await asyncio.sleep(4)
        assert watch.bytes.rate("one") == watch.bytes.rate(ALL) > 900
        assert watch.bytes.day(ALL) > 10_000
        sample = await watch.sample()
        rung = dict(sample.lag.cumulative())
        assert rung[float("inf")] > 20 / 0.25
        assert rung[float("inf")] - rung[2.5] == 1

    watching(live)


async def test_a_sample_of_no_accounts():
    budget = ByteBudget(1)
    async with (
        ArticleStore(Providers(budget), budget) as store,
        Watch(list, Line().flow, store, budget, Streams(), Jobs()) as watch,
    ):
        assert (await watch.sample()).accounts == ()
        assert watch.bytes.rate(ALL) == 0


async def test_a_database_that_fails_is_said():
    class Broken:
        async def counts(self):
            raise OSError("gone")

    budget = ByteBudget(1)
    async with ArticleStore(Providers(budget), budget) as store:
        with pytest.raises(OSError, match="gone"):
            await Watch(list, Line().flow, store, budget, Streams(), Broken()).sample()


def test_what_becomes_of_an_account_is_told_once(caplog):
    async def run():
        budget = ByteBudget(1 << 23)
        server = FakeServer(BODIES)
        async with (
            Providers(budget, dial_of=lambda _: server.dial) as providers,
            ArticleStore(providers, budget) as store,
        ):
            providers.apply([Provider("one", "h", 119, quota_bytes=1)])
            async with Watch(
                lambda: providers.pools, providers.flow, store, budget, Streams(), Jobs()
            ):
                await store.body(A, urgency=Urgency.PLAYBACK_NOW)
                await asyncio.sleep(5)

    caplog.set_level("INFO")
    with asyncio.Runner(loop_factory=jumping_loop) as runner:
        runner.run(run())
    told = [str(record.msg) for record in caplog.records if "cannot be used" in str(record.msg)]
    assert len(told) == 1
    assert "quota used up" in told[0]
