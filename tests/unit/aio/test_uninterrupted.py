from __future__ import annotations

import asyncio

import pytest

from altmount.aio.uninterrupted import ended, uninterrupted


async def test_a_cancellation_is_felt_when_the_work_is_done():
    may_end = asyncio.Event()

    async def work():
        await may_end.wait()
        return "done"

    working = asyncio.ensure_future(work())
    waiting = asyncio.ensure_future(uninterrupted(working))
    for _ in range(3):
        await asyncio.sleep(0)
        waiting.cancel()
    await asyncio.sleep(0)
    assert not waiting.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert working.result() == "done"


async def test_a_failure_is_the_caller_s():
    async def fail():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await uninterrupted(asyncio.ensure_future(fail()))


@pytest.mark.parametrize("ending", ["well", "badly", "cancelled"])
async def test_the_end_of_work_is_waited_for_however_it_ends(ending):
    may_end = asyncio.Event()

    async def work():
        await may_end.wait()
        if ending == "badly":
            raise ValueError("no")

    working = asyncio.ensure_future(work())
    waiting = asyncio.ensure_future(ended(working))
    await asyncio.sleep(0)
    working.cancel() if ending == "cancelled" else may_end.set()
    await waiting
    assert working.done()
    assert working.cancelled() is (ending == "cancelled")
    if ending == "badly":
        assert isinstance(working.exception(), ValueError)
