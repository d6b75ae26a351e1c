from __future__ import annotations

import asyncio

import pytest

from altmount.aio.periodic import Periodic
from tests.support.clock import jumping_loop


def test_it_rings_every_so_often_and_not_once_it_is_left():
    rung = []

    async def live():
        loop = asyncio.get_running_loop()
        async with Periodic(2.0, lambda late: rung.append((loop.time(), late))):
            await asyncio.sleep(7)
        await asyncio.sleep(7)

    with asyncio.Runner(loop_factory=jumping_loop) as runner:
        runner.run(live())
    assert [round(when) for when, _ in rung] == [2, 4, 6]
    assert all(late < 0.1 for _, late in rung)


def test_it_says_how_late_it_is_and_does_not_make_up_for_it():
    rung = []

    async def live():
        loop = asyncio.get_running_loop()
        async with Periodic(2.0, lambda late: rung.append((loop.time(), late))):
            await asyncio.sleep(1)
            loop._selector.now += 4  # something holds the loop
            await asyncio.sleep(2.5)

    with asyncio.Runner(loop_factory=jumping_loop) as runner:
        runner.run(live())
    assert [pytest.approx(one, abs=0.01) for one in rung] == [(5.0, 3.0), (7.0, 0.0)]
