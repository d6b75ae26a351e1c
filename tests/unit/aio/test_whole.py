from __future__ import annotations

import asyncio

import pytest

from altmount.aio.whole import whole


async def test_who_leaves_does_not_cut_it_in_half():
    done, go_on = [], asyncio.Event()

    async def work():
        await go_on.wait()
        done.append(True)

    leaving = asyncio.create_task(whole(work()))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert done == [True]


async def test_its_result_and_its_error_come_back():
    async def work(result):
        if result is None:
            raise KeyError
        return result

    assert await whole(work(5)) == 5
    with pytest.raises(KeyError):
        await whole(work(None))
