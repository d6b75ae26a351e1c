from __future__ import annotations

import asyncio

from altmount.api.keptclients import KEEP_SECONDS, KeptClients
from altmount.nntp.provider import Provider
from tests.support.accounts import FakePool
from tests.support.clock import jumping_loop

ONE = Provider("one", "news.example", 119)
CHANGED = Provider("one", "news.example", 563)


class Making:
    def __init__(self):
        self.pools = []

    def __call__(self, provider):
        self.pools.append(FakePool())
        return self.pools[-1]

    @property
    def open(self):
        return sum(pool.opened - pool.closed for pool in self.pools)


def living(live):
    """Run ``live`` with clients on a clock that jumps; what was made."""
    making = Making()

    async def run():
        async with KeptClients(making) as clients:
            await live(clients, making)
            before = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - before <= 2
        await clients.__aexit__(None, None, None)  # once more is no harm
        assert len(asyncio.all_tasks()) == 1

    with asyncio.Runner(loop_factory=jumping_loop) as runner:
        runner.run(run())
    assert making.open == 0
    assert all(pool.closed == 1 for pool in making.pools)


async def use(clients, name="one", provider=ONE, seconds=1.0):
    async with clients.client(name, provider):
        await asyncio.sleep(seconds)


def test_S8_a_second_test_within_five_minutes_reuses_the_client():
    async def live(clients, making):
        await use(clients)
        await asyncio.sleep(KEEP_SECONDS - 1)
        await use(clients)
        await asyncio.sleep(KEEP_SECONDS - 1)
        await use(clients)
        assert len(making.pools) == 1

    living(live)


def test_S8_an_expired_client_is_gone_within_a_minute():
    async def live(clients, making):
        await use(clients)
        await asyncio.sleep(KEEP_SECONDS - 5)
        assert making.open == 1
        await asyncio.sleep(66)
        assert making.open == 0
        assert len(clients) == 0

    living(live)


def test_one_that_is_in_use_does_not_expire():
    async def live(clients, making):
        await use(clients, seconds=KEEP_SECONDS * 3)
        assert making.open == 1
        await asyncio.sleep(KEEP_SECONDS + 61)
        assert making.open == 0

    living(live)


def test_a_sweep_leaves_exactly_what_has_not_expired():
    async def live(clients, making):
        await use(clients, "one")
        await use(clients, "other")
        await asyncio.sleep(200)
        await use(clients, "fresh")
        await asyncio.sleep(101)
        clients.sweep()
        await asyncio.sleep(0.1)
        assert len(clients) == 1
        assert [pool.closed for pool in making.pools] == [1, 1, 0]

    living(live)


def test_one_for_settings_that_have_changed_is_closed_before_the_new_one_is_made():
    async def live(clients, making):
        await use(clients)
        await use(clients, provider=CHANGED)
        assert [pool.closed for pool in making.pools] == [1, 0]

    living(live)


def test_one_that_is_dropped_is_closed_when_the_call_returns():
    async def live(clients, making):
        await use(clients)
        await clients.drop("one")
        await clients.drop("one")
        assert making.open == 0

    living(live)


def test_many_at_once_share_one():
    async def live(clients, making):
        await asyncio.gather(*(use(clients) for _ in range(20)))
        assert len(making.pools) == 1

    living(live)
