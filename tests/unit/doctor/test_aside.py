from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from altmount.doctor.aside import aside


async def test_what_it_gives_and_what_it_raises_come_back():
    assert await aside(lambda: 6 * 7, name="sum") == 42
    with pytest.raises(ZeroDivisionError):
        await aside(lambda: 1 // 0, name="sum")


async def test_who_leaves_waits_for_nothing():
    begun, gate = threading.Event(), threading.Event()

    def work():
        begun.set()
        gate.wait(20)

    waiting = asyncio.create_task(aside(work, name="stuck"))
    while not begun.is_set():
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not gate.is_set()
    gate.set()


def test_what_never_comes_back_does_not_keep_the_process():
    script = """
import asyncio, threading
from altmount.doctor.aside import aside
async def main():
    try:
        async with asyncio.timeout(0.01):
            await aside(threading.Event().wait, name="stuck")
    except TimeoutError:
        print("given up")
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, timeout=20, check=True, text=True
    )
    assert done.stdout == "given up\n"
