"""Runs archive parsers over what is still on Usenet."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeVar

from altmount.aio.uninterrupted import uninterrupted
from altmount.archives.parser import Derive, Parser, Request
from altmount.reader.source import Source, read
from altmount.spans import Span

T = TypeVar("T")


async def probe(parser: Parser[T], volumes: Sequence[Source]) -> T:
    """Run a parser, reading no more than it asks for.

    Cancelling it leaves nothing behind, once a key that is being made is made.

    Args:
        parser: Whose requests are answered.
        volumes: What its volumes are read from.

    Raises:
        ArchiveError: By the parser.
        AltmountError: Reading failed.
    """
    try:
        request = next(parser)
        while True:
            request = parser.send(await _answer(request, volumes))
    except StopIteration as end:
        found: T = end.value
        return found
    finally:
        parser.close()


async def _answer(request: Request, volumes: Sequence[Source]) -> bytes:
    if isinstance(request, Derive):
        return await _derive(request)
    volume = volumes[request.volume]
    span = request.span.overlap(Span(0, volume.size))
    return await read(volume, span) if span else b""


async def _derive(request: Derive) -> bytes:
    """A key, made where it does not keep the loop from its streams."""
    loop = asyncio.get_running_loop()
    return await uninterrupted(loop.run_in_executor(None, request.work))
