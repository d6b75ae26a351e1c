from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.aio.singleflight import CutOffError, Singleflight


class Work:
    """Work that waits to be told to end, and counts itself."""

    def __init__(self):
        self.started = self.running = self.cancelled = 0
        self.may_end = asyncio.Event()
        self.error = None
        self.slow_to_die = False

    async def __call__(self):
        self.started += 1
        self.running += 1
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            if self.slow_to_die:
                await asyncio.sleep(0.01)
            raise
        finally:
            self.running -= 1
        if self.error:
            raise self.error
        return self.started


@pytest.fixture
async def flights():
    async with Singleflight() as flights:
        yield flights


def ask(flights, work, key="a"):
    return asyncio.create_task(flights.run(key, work))


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


async def test_many_callers_make_one_piece_of_work(flights):
    work = Work()
    asking = [ask(flights, work) for _ in range(50)]
    await settle()
    work.may_end.set()
    assert await asyncio.gather(*asking) == [1] * 50
    assert work.started == 1


async def test_other_keys_and_later_callers_make_their_own(flights):
    work = Work()
    work.may_end.set()
    assert [await flights.run("a", work), await flights.run("a", work)] == [1, 2]
    both = [ask(flights, work, key) for key in "ab"]
    assert sorted(await asyncio.gather(*both)) == [3, 4]


async def test_it_goes_on_when_the_first_leaves(flights):
    work = Work()
    first, second = ask(flights, work), ask(flights, work)
    await settle()
    first.cancel()
    await settle()
    assert work.running == 1
    work.may_end.set()
    assert await second == 1
    assert first.cancelled()


async def test_it_is_cancelled_when_the_last_leaves_who_waits_for_its_end(flights):
    work = Work()
    work.slow_to_die = True
    asking = [ask(flights, work) for _ in range(3)]
    await settle()
    for task in asking:
        task.cancel()
    await asyncio.wait(asking)
    assert (work.cancelled, work.running) == (1, 0)


async def test_who_comes_while_it_is_being_cancelled_starts_anew(flights):
    work = Work()
    work.slow_to_die = True
    first = ask(flights, work)
    await settle()
    first.cancel()
    await settle()
    second = ask(flights, work)
    await settle()
    work.may_end.set()
    assert await second == 2
    await asyncio.wait([first])


async def test_an_error_is_everybodys_and_is_not_kept(flights):
    work = Work()
    work.error = ValueError("broken")
    asking = [ask(flights, work) for _ in range(3)]
    await settle()
    work.may_end.set()
    results = await asyncio.gather(*asking, return_exceptions=True)
    assert [str(result) for result in results] == ["broken"] * 3
    work.error = None
    assert await flights.run("a", work) == 2


async def test_the_end_of_the_program_is_an_error_to_who_waits_and_no_cancellation():
    work = Work()
    async with Singleflight() as flights:
        asking = ask(flights, work)
        await settle()
    with pytest.raises(CutOffError):
        await asking
    assert work.running == 0


@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["come", "leave", "end"])), max_size=30)
)
def test_whoever_comes_and_goes_one_runs_at_a_time_and_none_is_left(steps):
    async def live():
        work, inside = Work(), {}
        async with Singleflight() as flights:
            for who, what in steps:
                if what == "come" and who not in inside:
                    inside[who] = ask(flights, work)
                elif what == "leave" and who in inside:
                    task = inside.pop(who)
                    task.cancel()
                    await asyncio.wait([task])
                elif what == "end":
                    work.may_end.set()
                    await settle()
                    work.may_end = asyncio.Event()
                    assert all(task.done() for task in inside.values())
                    inside.clear()
                await settle()
                assert work.running == bool(inside)
            for task in inside.values():
                task.cancel()
            if inside:
                await asyncio.wait(inside.values())
        assert work.running == 0
        assert flights._flights == {}

    asyncio.run(live())
