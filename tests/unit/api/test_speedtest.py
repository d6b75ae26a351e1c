from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from altmount.aio.singleflight import CutOffError
from altmount.api.speedtest import (
    NothingArrivedError,
    OutOfTimeError,
    PostMissingError,
    SpeedTests,
)
from altmount.api.trialposts import TrialPost
from altmount.articles import Urgency, parse_message_id
from altmount.errors import NotFoundError, TemporaryError
from altmount.nntp.errors import ConnectionLostError
from tests.support.accounts import ARTICLE, FakeAccounts, FakeMemory, FakePool
from tests.support.clock import jumping_loop


def post(name, count=40):
    articles = tuple(parse_message_id(f"{name}-{n}@x") for n in range(count))
    return TrialPost(name, articles, ARTICLE)


OWN, DEFAULT, OTHER = post("own"), post("default"), post("other")


class Posts:
    def __init__(self):
        self.asked = 0

    async def default(self):
        self.asked += 1
        return DEFAULT


class History:
    def __init__(self):
        self.kept = []
        self.error = None

    async def add(self, provider, size, seconds):
        if self.error:
            raise self.error
        self.kept.append((provider, size, seconds))


class World:
    def __init__(self, accounts):
        self.accounts = accounts
        self.posts, self.history, self.memory = Posts(), History(), FakeMemory()

    @asynccontextmanager
    async def tests(self, **options):
        settings = {"memory_bytes": 10**9, "seconds": 10.0, "own": OWN, **options}
        async with SpeedTests(
            self.accounts, self.accounts.find, self.posts, self.history, self.memory, **settings
        ) as tests:
            yield tests


def living(live, *known, running=(), make=FakePool, **options):
    """Run ``live`` in a world of accounts, on a clock that jumps."""

    async def run():
        accounts = FakeAccounts(*known, **{name: make() for name in running})
        accounts.make = make
        world = World(accounts)
        async with world.tests(**options) as tests:
            await live(world, tests)
        assert all(pool.opened == pool.closed for pool, *_ in accounts.separated)
        assert world.memory.used == 0
        assert len(asyncio.all_tasks()) == 1

    with asyncio.Runner(loop_factory=jumping_loop) as runner:
        runner.run(run())


def bodies(pool):
    return [command.message_id for command in pool.asked if command.verb == "BODY"]


def test_S8_concurrent_tests_make_one_and_all_get_its_result():
    async def live(world, tests):
        speeds = await asyncio.gather(*(tests.test("one") for _ in range(50)))
        assert len({id(speed) for speed in speeds}) == 1
        pool = world.accounts.running["one"]
        assert bodies(pool) == list(OWN.articles)
        [(provider, size, seconds)] = world.history.kept
        assert (provider, size) == ("one", 40 * ARTICLE)
        assert speeds[0].megabytes_per_second == pytest.approx(size / seconds / (1 << 20))
        assert world.accounts.separated == []

    living(live, running=["one"])


def test_S8_a_test_outlives_who_came_first_and_ends_with_the_last():
    async def live(world, tests):
        pool = world.accounts.running["one"]
        pool.may_answer.clear()
        asking = [asyncio.create_task(tests.test("one")) for _ in range(3)]
        await asyncio.sleep(1)
        asking[0].cancel()
        await asyncio.sleep(1)
        assert pool.asking == 1
        for task in asking:
            task.cancel()
        await asyncio.wait(asking)
        assert pool.asking == 0
        pool.may_answer.set()
        assert (await tests.test("one")).measured.articles == 40

    living(live, running=["one"])


def test_S8_an_account_that_is_not_in_use_is_tested_over_a_client_that_is_kept():
    async def live(world, tests):
        await asyncio.gather(*(tests.test("off") for _ in range(5)))
        await asyncio.sleep(250)
        await tests.test("off")
        [(pool, provider, connections)] = world.accounts.separated
        assert (pool.opened, pool.closed, connections) == (1, 0, None)
        assert pool.most_asking <= provider.max_connections * provider.depth
        await asyncio.sleep(365)
        assert pool.closed == 1

    living(live, "off")


def test_S8_the_end_of_the_program_ends_a_test_at_once():
    async def live(world, tests):
        world.accounts.make = lambda: FakePool(seconds=1000)
        asking = asyncio.create_task(tests.test("off"))
        await asyncio.sleep(1)
        before = asyncio.get_running_loop().time()
        await tests.__aexit__(None, None, None)
        assert asyncio.get_running_loop().time() - before <= 2
        with pytest.raises(CutOffError):
            await asking

    living(live, "off")


def test_an_account_that_comes_into_use_is_tested_over_its_own_connections():
    async def live(world, tests):
        await tests.test("one")
        running = world.accounts.running["one"] = FakePool()
        await tests.test("one")
        [(kept, *_)] = world.accounts.separated
        assert kept.closed == 1
        assert len(bodies(running)) == 40

    living(live, "one")


def test_where_there_is_no_post_of_our_own_that_of_the_settings_is_fetched():
    async def live(world, tests):
        pool = world.accounts.running["one"]
        pool.missing = {OWN.articles[0]}
        speed = await tests.test("one")
        assert speed.post == "default"
        assert bodies(pool) == list(DEFAULT.articles)

    living(live, running=["one"])


def test_a_post_that_is_given_is_fetched_and_nothing_else_is_asked():
    async def live(world, tests):
        speed = await tests.test("one", OTHER)
        assert speed.post == "other"
        assert len(world.accounts.running["one"].asked) == 40
        assert world.posts.asked == 0

    living(live, running=["one"])


def test_two_tests_with_other_posts_wait_for_each_other():
    async def live(world, tests):
        pool = world.accounts.running["one"]
        await asyncio.gather(tests.test("one", OTHER), tests.test("one", DEFAULT))
        assert bodies(pool) == [*OTHER.articles, *DEFAULT.articles]

    living(live, running=["one"])


def test_a_test_is_less_urgent_than_anything_else():
    async def live(world, tests):
        await tests.test("one")
        assert world.accounts.running["one"].urgencies == {Urgency.HEALTH}

    living(live, running=["one"])


def test_a_test_beside_a_film_says_so():
    async def live(world, tests):
        pool = world.accounts.running["one"]
        testing = asyncio.create_task(tests.test("one"))
        await asyncio.sleep(0.15)
        pool.played_bytes += 300 << 20
        assert "300 MiB" in (await testing).warning
        assert (await tests.test("one")).warning == ""

    living(live, running=["one"])


def test_a_post_that_the_provider_lacks_is_said_and_not_kept():
    async def live(world, tests):
        world.accounts.running["one"].missing = {*OTHER.articles}
        with pytest.raises(PostMissingError, match="none of the articles"):
            await tests.test("one", OTHER)
        world.accounts.running["one"].missing = {*OTHER.articles[:10]}
        assert "10 of 40" in (await tests.test("one", OTHER)).warning
        assert len(world.history.kept) == 1

    living(live, running=["one"])


def test_nothing_that_arrives_is_no_speed():
    async def live(world, tests):
        world.accounts.running["one"].seconds = 1000
        with pytest.raises(NothingArrivedError):
            await tests.test("one", OTHER)
        assert world.history.kept == []

    living(live, running=["one"])


def test_an_error_is_told_to_all_and_the_next_test_is_a_new_one():
    async def live(world, tests):
        pool = world.accounts.running["one"]
        pool.error = ConnectionLostError("gone")
        results = await asyncio.gather(
            *(tests.test("one") for _ in range(3)), return_exceptions=True
        )
        assert [str(result) for result in results] == ["gone"] * 3
        pool.error = None
        assert (await tests.test("one")).measured.articles == 40

    living(live, running=["one"])


def test_a_whole_test_is_bounded_whatever_hangs():
    async def live(world, tests):
        world.accounts.running["one"].may_answer.clear()
        before = asyncio.get_running_loop().time()
        with pytest.raises(OutOfTimeError):
            await tests.test("one")
        assert asyncio.get_running_loop().time() - before == pytest.approx(300, abs=1)

    living(live, running=["one"])


def test_a_result_that_cannot_be_written_down_is_given_all_the_same():
    async def live(world, tests):
        world.history.error = TemporaryError("the disk is full")
        assert (await tests.test("one")).measured.articles == 40

    living(live, running=["one"])


def test_an_account_that_is_not_there_is_not_found():
    async def live(world, tests):
        for work in (tests.test, tests.tune):
            with pytest.raises(NotFoundError):
                await work("none")

    living(live, running=["one"])


def test_memory_for_players_is_not_taken():
    async def live(world, tests):
        await tests.test("one")
        assert world.accounts.running["one"].most_asking == 2

    living(live, running=["one"], memory_bytes=8 * ARTICLE)


class Pipelined(FakePool):
    """One that is the faster the more is asked at once, up to 8 a connection."""

    async def ask(self, command, urgency, expected, *, reader=None):
        self.seconds = 1.0 if self.asking < 24 else 2.0
        return await super().ask(command, urgency, expected, reader=reader)


def test_tuning_tries_each_depth_on_few_connections_of_its_own():
    async def live(world, tests):
        running = world.accounts.running["one"]
        tuned = await tests.tune("one")
        assert tuned.connections == 3  # half of what the account has
        assert [
            (provider.depth, connections) for _, provider, connections in world.accounts.separated
        ] == [(1, 3), (4, 3), (8, 3), (16, 3)]
        assert [pool.most_asking for pool, *_ in world.accounts.separated] == [3, 12, 24, 40]
        assert bodies(running) == []
        assert tuned.recommendation.depth == 8
        assert tuned.recommendation.worthwhile
        assert world.history.kept == []

    living(live, running=["one"], make=Pipelined)


def test_tuning_waits_while_a_player_does():
    async def live(world, tests):
        running = world.accounts.running["one"]
        running.playback_waits = True
        tuning = asyncio.create_task(tests.tune("one"))
        await asyncio.sleep(10)
        [(pool, *_)] = world.accounts.separated
        assert bodies(pool) == []
        running.playback_waits = False
        assert (await tuning).recommendation.baseline > 0

    living(live, running=["one"])


def test_tuning_without_an_answer_keeps_the_depth():
    async def live(world, tests):
        tuned = await tests.tune("one")
        assert tuned.recommendation.depth == 5
        assert tuned.recommendation.warning

    def make():
        pool = FakePool()
        pool.missing = {*DEFAULT.articles, *OWN.articles}
        return pool

    living(live, "one", make=make)
