from __future__ import annotations

import asyncio
import threading

import pytest

from altmount.aio.scope import TaskScope
from altmount.errors import NotFoundError
from altmount.webdav.bridge import Bridge, EndingError


def in_thread(work):
    """Run something in a thread of its own; its result or error once it has one."""
    result = asyncio.get_running_loop().create_future()
    loop = asyncio.get_running_loop()

    def run():
        try:
            value = work()
        except Exception as error:  # noqa: BLE001 - whatever it was
            loop.call_soon_threadsafe(result.set_exception, error)
        else:
            loop.call_soon_threadsafe(result.set_result, value)

    threading.Thread(target=run).start()
    return result


async def test_a_thread_has_a_coroutine_run_and_gets_what_it_gives():
    async def work():
        await asyncio.sleep(0)
        return threading.current_thread()

    async with TaskScope() as scope:
        bridge = Bridge(scope)
        assert await in_thread(lambda: bridge.run(work)) is threading.current_thread()


async def test_an_error_reaches_the_thread():
    async def work():
        raise NotFoundError("nothing")

    async with TaskScope() as scope:
        bridge = Bridge(scope)
        with pytest.raises(NotFoundError):
            await in_thread(lambda: bridge.run(work))


async def test_leaving_the_scope_interrupts_the_work_and_frees_the_thread():
    begun, ended = asyncio.Event(), []

    async def work():
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async with TaskScope() as scope:
        bridge = Bridge(scope)
        result = in_thread(lambda: bridge.run(work))
        await begun.wait()
    assert ended == [True]
    with pytest.raises(EndingError):
        await result


def test_when_the_loop_has_ended_nothing_is_run():
    async def make():
        async with TaskScope() as scope:
            return Bridge(scope)

    bridge = asyncio.run(make())

    async def never():
        raise AssertionError

    with pytest.raises(EndingError):
        bridge.run(never)
