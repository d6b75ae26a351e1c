"""Runs archive parsers over what is still on Usenet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import TypeAlias, TypeVar

from altmount.aio.steps import SPELL
from altmount.aio.uninterrupted import uninterrupted
from altmount.archives.parser import Derive, Parser, Pause, Request
from altmount.reader.source import Source, read
from altmount.spans import Span

T = TypeVar("T")

Volumes: TypeAlias = Sequence[Source] | Mapping[int, Source]
"""What volumes are read from, by their indexes: all that a parser may ask for."""


async def probe(parser: Parser[T], volumes: Volumes) -> T:
    """Run a parser, reading no more than it asks for.

    The loop may do other things wherever the parser asks for something. Cancelling it leaves
    nothing behind, once a key that is being made is made.

    Args:
        parser: Whose requests are answered.
        volumes: What its volumes are read from.

    Raises:
        ArchiveError: By the parser.
        AltmountError: Reading failed.
    """
    began = perf_counter()
    try:
        request = next(parser)
        while True:
            answer = await _answer(request, volumes)
            if perf_counter() - began > SPELL:  # what is at hand is answered without a wait
                await asyncio.sleep(0)
                began = perf_counter()
            request = parser.send(answer)
    except StopIteration as end:
        found: T = end.value
        return found
    finally:
        parser.close()


async def _answer(request: Request, volumes: Volumes) -> bytes:
    if isinstance(request, Pause):
        return b""
    if isinstance(request, Derive):
        return await _derive(request)
    volume = volumes[request.volume]
    span = request.span.overlap(Span(0, volume.size))
    return await read(volume, span) if span else b""


async def _derive(request: Derive) -> bytes:
    """A key, made where it does not keep the loop from its streams."""
    loop = asyncio.get_running_loop()
    return await uninterrupted(loop.run_in_executor(None, request.work))
