"""Long computations in short steps, so that streams beside them do not wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator, Iterable
from time import perf_counter
from typing import TypeAlias, TypeVar

T = TypeVar("T")

Steps: TypeAlias = Generator[None, None, T]
"""A computation that may be left alone for a while wherever it yields, and returns its result."""

SPELL = 0.001
"""How long the loop is held at a time, in seconds, give or take one step."""


async def in_steps(steps: Steps[T]) -> T:
    """Run a computation to its end, letting the loop do other things in between."""
    began = perf_counter()
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
        if perf_counter() - began > SPELL:
            await asyncio.sleep(0)
            began = perf_counter()


async def unhurried(items: Iterable[T]) -> AsyncIterator[T]:
    """The items one by one, letting the loop do other things in between."""
    began = perf_counter()
    for item in items:
        yield item
        if perf_counter() - began > SPELL:
            await asyncio.sleep(0)
            began = perf_counter()
