from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from altmount.library.encoding import sections_of
from altmount.library.steps import STEP, in_steps
from tests.support.releases import make_release


@given(st.lists(st.integers(), max_size=3 * STEP))
async def test_all_items_come_in_order(items):
    assert [item async for item in in_steps(items)] == items


async def test_others_run_meanwhile():
    turns = 0

    async def count():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(count())
    async for _ in in_steps(range(10 * STEP)):
        pass
    assert turns == 10
    task.cancel()


async def test_others_run_while_a_release_of_thousands_of_files_is_written():
    release = make_release(1, tuple(f"{n}" for n in range(2 * STEP)), segments=1)
    turns = 0
    task = asyncio.create_task(sections_of(release))
    while not task.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns >= 6  # posted files, entries, and files of the NZB, in two steps each
