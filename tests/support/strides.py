"""Cancelling at ever later steps, for what takes thousands of them."""

from __future__ import annotations

import asyncio


async def cancel_in_growing_strides(work, check):
    """As :func:`tests.support.sweep.cancel_at_every_step`, but the steps grow by a fifth each."""
    steps, ended = 0, False
    while not ended:
        task = asyncio.create_task(work())
        for _ in range(steps):
            if task.done():
                break
            await asyncio.sleep(0)
        ended = task.done()
        task.cancel()
        await asyncio.wait([task])
        await check()
        steps += 1 + steps // 5
    return steps
