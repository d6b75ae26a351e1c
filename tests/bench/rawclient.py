"""The raw client: the program's own connections and decoder, and nothing above them.

It asks for articles, decodes them, checks their checksums and throws them away: what is left
for the program to lose. Each function runs in a process of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import uvloop

from altmount.aio.budget import ByteBudget
from altmount.articles import Urgency, parse_message_id
from altmount.nntp.commands import Command, Verb
from altmount.nntp.dial import dialler
from altmount.nntp.pool import Pool
from altmount.nntp.provider import Provider
from tests.bench.figures import BenchError
from tests.bench.target import ARTICLE_BYTES, CHECKED_BYTES, Target

_WIRE_BYTES = int(ARTICLE_BYTES * 1.03)


@dataclass(frozen=True, slots=True)
class Fetched:
    received: int
    """Decoded bytes."""

    seconds: float
    cpu_seconds: float


def bulk(port: int, tls: bool, target: Target, first: int, count: int, workers: int) -> Fetched:
    """Fetch ``count`` articles from number ``first`` on, ``workers`` at a time."""
    return uvloop.run(_bulk(_provider(port, tls, workers), target, first, count, workers))


def lone(port: int, tls: bool, target: Target, numbers: Sequence[int], rest: float) -> list[float]:
    """Fetch articles on a connection that is warm, with a rest after each; the seconds of each."""
    return uvloop.run(_lone(_provider(port, tls, 1), target, numbers, rest))


async def _bulk(
    provider: Provider, target: Target, first: int, count: int, workers: int
) -> Fetched:
    async with Pool(provider, dialler(provider), ByteBudget(1 << 30)) as pool:
        received = 0

        async def work(numbers) -> None:
            nonlocal received
            for number in numbers:
                size = await _fetch(pool, target, number)
                received += size  # in one step: others add to it while this one waits

        warm = iter(range(first + count, first + count + workers))
        async with asyncio.TaskGroup() as group:
            for number in warm:
                group.create_task(work(iter([number])))
        received = 0
        numbers = iter(range(first, first + count))
        began, cpu = perf_counter(), time.process_time()
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(work(numbers))
        return Fetched(received, perf_counter() - began, time.process_time() - cpu)


async def _lone(
    provider: Provider, target: Target, numbers: Sequence[int], rest: float
) -> list[float]:
    seconds = []
    async with Pool(provider, dialler(provider), ByteBudget(1 << 30)) as pool:
        await _fetch(pool, target, 0)
        for number in numbers:
            began = perf_counter()
            await _fetch(pool, target, number)
            seconds.append(perf_counter() - began)
            await asyncio.sleep(rest)
    return seconds


async def _fetch(pool: Pool, target: Target, number: int) -> int:
    command = Command(Verb.BODY, parse_message_id(target.message_id(number)))
    answer = await pool.ask(command, Urgency.PLAYBACK_NOW, _WIRE_BYTES)
    data = memoryview(answer.response.data)
    if number % 100 == 0 and data[:CHECKED_BYTES] != target.bytes_at(number * ARTICLE_BYTES):
        raise BenchError(f"wrong bytes in article {number}")
    return len(data)


def _provider(port: int, tls: bool, connections: int) -> Provider:
    return Provider(
        "raw", "127.0.0.1", port, tls=tls, verify=False, max_connections=connections, depth=1
    )
