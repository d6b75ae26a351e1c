from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from time import time

from altmount.aio.budget import ByteBudget
from altmount.db.errors import DatabaseUnavailableError
from altmount.db.usage import AccountUsage
from altmount.ledger import Ledger, usage_before
from altmount.nntp.provider import Provider
from altmount.nntp.providers import Providers
from altmount.nntp.quota import Usage
from tests.support.clock import jumping_loop


class Usages:
    """What is kept, and how often it was written."""

    def __init__(self, *kept):
        self.kept = {one.account: one for one in kept}
        self.writes = 0
        self.broken = False

    async def all(self):
        return list(self.kept.values())

    async def save(self, usages):
        if self.broken:
            raise DatabaseUnavailableError("the disk is full")
        self.writes += 1
        self.kept |= {one.account: one for one in usages}


def with_ledger(story, usages):
    """Run ``story(providers)`` beside a ledger, on a clock that jumps."""

    async def run():
        async with Providers(ByteBudget(1), usage=await usage_before(usages)) as providers:
            providers.apply([Provider("p", "p.example", 119), Provider("q", "q.example", 119)])
            async with Ledger(usages, providers):
                await story(providers)

    with asyncio.Runner(loop_factory=jumping_loop) as runner:
        runner.run(run())


def test_what_was_used_before_is_counted_on():
    usages = Usages(AccountUsage("p.example:119", 500, datetime(2026, 1, 1, tzinfo=UTC)))

    async def story(providers):
        assert providers.pool("p").account.quota.used == 500
        providers.pool("p").account.quota.used += 7

    with_ledger(story, usages)
    assert usages.kept["p.example:119"].used == 507
    assert usages.kept["p.example:119"].since == datetime(2026, 1, 1, tzinfo=UTC)
    assert usages.writes == 1
    assert "q.example:119" not in usages.kept


def test_it_is_written_each_minute_if_something_changed():
    usages = Usages()

    async def story(providers):
        await asyncio.sleep(600)
        assert usages.writes == 0
        for _ in range(600):
            providers.pool("p").account.quota.used += 1_000_000
            await asyncio.sleep(1)
        assert 9 <= usages.writes <= 11

    with_ledger(story, usages)


def test_a_gigabyte_is_written_at_once():
    usages = Usages()

    async def story(providers):
        await asyncio.sleep(61)
        providers.pool("q").account.quota.used += 1 << 30
        await asyncio.sleep(5.1)
        assert usages.kept["q.example:119"].used == 1 << 30

    with_ledger(story, usages)


def test_what_could_not_be_written_is_written_later(caplog):
    usages = Usages()
    usages.broken = True

    async def story(providers):
        providers.pool("p").account.quota.used = 9
        await asyncio.sleep(61)
        assert "the disk is full" in caplog.text
        usages.broken = False
        await asyncio.sleep(61)
        assert usages.kept["p.example:119"].used == 9

    with_ledger(story, usages)


def test_what_an_account_that_was_removed_had_used_is_not_forgotten():
    usages = Usages()

    async def story(providers):
        providers.pool("p").account.quota.used = 9
        providers.apply([])
        assert providers.usage(time())["p.example:119"].used == 9
        providers.apply([Provider("renamed", "p.example", 119)])
        assert providers.pool("renamed").account.quota.used == 9

    with_ledger(story, usages)
    assert usages.kept["p.example:119"].used == 9


async def test_of_an_account_that_was_never_used_nothing_is_known():
    assert await usage_before(Usages()) == {}
    assert Usage(0, 0.0).used == 0
