"""Going through many things without holding up those who play meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")

STEP = 200
"""Things between two chances for others to run; some microseconds each."""


async def in_steps(items: Iterable[T]) -> AsyncIterator[T]:
    """The items, with a pause for others now and then."""
    for number, item in enumerate(items, 1):
        yield item
        if number % STEP == 0:
            await asyncio.sleep(0)
