from __future__ import annotations

import asyncio

from altmount.aio import steps as module
from altmount.aio.steps import in_steps, unhurried
from altmount.library.encoding import sections_of
from tests.support.releases import make_release


def computation(steps):
    for _ in range(steps):
        yield
    return "done"


async def test_the_result_is_that_of_the_computation():
    assert await in_steps(computation(0)) == "done"
    assert await in_steps(computation(5)) == "done"


async def test_others_have_their_turn_in_between(monkeypatch):
    monkeypatch.setattr(module, "SPELL", -1)  # as if every step were long
    turns = 0

    async def other():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await in_steps(computation(10))
    task.cancel()

    assert turns >= 10


async def test_short_steps_are_not_interrupted_each_time(monkeypatch):
    monkeypatch.setattr(module, "SPELL", 3600)
    turns = 0

    async def other():
        nonlocal turns
        turns += 1

    task = asyncio.create_task(other())
    await in_steps(computation(1000))
    assert turns == 0
    await task


async def turns_beside(work):
    """How many turns another task has while this is done."""
    turns = 0
    task = asyncio.ensure_future(work)
    while not task.done():
        turns += 1
        await asyncio.sleep(0)
    await task
    return turns


async def test_items_come_in_order_and_others_have_their_turn_in_between(monkeypatch):
    monkeypatch.setattr(module, "SPELL", -1)
    seen = []

    async def go_through():
        async for item in unhurried(range(100)):
            seen.append(item)  # noqa: PERF401

    assert await turns_beside(go_through()) >= 100
    assert seen == list(range(100))


async def test_others_run_while_a_release_of_many_files_is_written(monkeypatch):
    monkeypatch.setattr(module, "SPELL", -1)
    release = make_release(1, tuple(f"{n}" for n in range(50)), segments=1)
    assert (
        await turns_beside(sections_of(release)) >= 300
    )  # posted files, entries, three columns, the NZB's files
