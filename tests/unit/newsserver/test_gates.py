from __future__ import annotations

import asyncio

from altmount.newsserver.gates import Gates


async def test_a_gate_holds_until_it_is_released():
    gates = Gates()
    waits = asyncio.create_task(gates.passed("a"))
    gates.release("b")
    await asyncio.sleep(0)
    assert not waits.done()
    gates.release("a")
    await waits


async def test_a_released_gate_stays_open_until_it_is_closed():
    gates = Gates()
    gates.release("a")
    await gates.passed("a")
    gates.close("a")
    waits = asyncio.create_task(gates.passed("a"))
    await asyncio.sleep(0)
    assert not waits.done()
    gates.release("a")
    await waits
