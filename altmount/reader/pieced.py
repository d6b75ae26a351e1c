"""Sources made of others: a run of one, several one after the other, one with holes in it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from itertools import accumulate

from altmount.reader.source import Chunks, Source
from altmount.spans import Span

_ZEROS = memoryview(bytes(256 * 1024))


class SlicedSource:
    """A run of another source's bytes."""

    def __init__(self, source: Source, run: Span) -> None:
        self._source = source
        self._run = run

    @property
    def size(self) -> int:
        return len(self._run)

    def open(self, span: Span) -> AbstractAsyncContextManager[Chunks]:
        start = self._run.start
        return self._source.open(Span(start + span.start, start + span.stop))


class JoinedSource:
    """Sources, one after the other. Only the one that is being read is open."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._starts = [0, *accumulate(source.size for source in sources)]

    @property
    def size(self) -> int:
        return self._starts[-1]

    @asynccontextmanager
    async def open(self, span: Span) -> AsyncIterator[Chunks]:
        async with AsyncExitStack() as current:
            yield self._chunks(span, current)

    async def _chunks(self, span: Span, current: AsyncExitStack) -> Chunks:
        for source, part in self._covering(span):
            await current.aclose()
            async for chunk in await current.enter_async_context(source.open(part)):
                yield chunk

    def _covering(self, span: Span) -> Iterator[tuple[Source, Span]]:
        index = max(0, bisect_right(self._starts, span.start) - 1)
        while index < len(self._sources) and self._starts[index] < span.stop:
            start = self._starts[index]
            part = span.overlap(Span(start, self._starts[index + 1]))
            if part:
                yield self._sources[index], Span(part.start - start, part.stop - start)
            index += 1


class MemorySource:
    """Bytes that are here."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)

    @property
    def size(self) -> int:
        return len(self._data)

    @asynccontextmanager
    async def open(self, span: Span) -> AsyncIterator[Chunks]:
        yield self._chunks(span)

    async def _chunks(self, span: Span) -> Chunks:
        if span:
            yield self._data[span.start : span.stop]


class ZeroSource:
    """Zeros, as many as wanted."""

    def __init__(self, size: int) -> None:
        self._size = size

    @property
    def size(self) -> int:
        return self._size

    @asynccontextmanager
    async def open(self, span: Span) -> AsyncIterator[Chunks]:
        yield self._chunks(len(span))

    async def _chunks(self, left: int) -> Chunks:
        while left:
            size = min(left, len(_ZEROS))
            yield _ZEROS[:size]
            left -= size


def padded(source: Source, holes: Sequence[Span]) -> JoinedSource:
    """A source with zeros in place of its holes, of which nothing is ever asked.

    ``holes`` are in order and apart from each other.
    """
    pieces: list[Source] = []
    at = 0
    for hole in [*holes, Span(source.size, source.size)]:
        if at < hole.start:
            pieces.append(SlicedSource(source, Span(at, hole.start)))
        if hole:
            pieces.append(ZeroSource(len(hole)))
        at = hole.stop
    return JoinedSource(pieces)
