from __future__ import annotations

import asyncio

from altmount.importer import steps as module
from altmount.importer.steps import in_steps


def computation(steps):
    for _ in range(steps):
        yield
    return "done"


async def test_the_result_is_that_of_the_computation():
    assert await in_steps(computation(0)) == "done"
    assert await in_steps(computation(5)) == "done"


async def test_others_have_their_turn_in_between(monkeypatch):
    monkeypatch.setattr(module, "_SPELL", -1)  # as if every step were long
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
    monkeypatch.setattr(module, "_SPELL", 3600)
    turns = 0

    async def other():
        nonlocal turns
        turns += 1

    task = asyncio.create_task(other())
    await in_steps(computation(1000))
    assert turns == 0
    await task
