"""A source that tells of what cannot be had of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from altmount.articles import ArticleDamagedError, ArticleMissingError
from altmount.reader.source import Chunks, Source
from altmount.spans import Span


class WatchedSource:
    """Reads as its source does, and calls ``damaged`` when a read meets bytes that no provider has.

    That providers cannot be asked now says nothing about a file. It costs nothing for each chunk:
    what ends a read comes through the block.
    """

    def __init__(self, source: Source, damaged: Callable[[], None]) -> None:
        self._source = source
        self._damaged = damaged

    @property
    def size(self) -> int:
        return self._source.size

    @asynccontextmanager
    async def open(self, span: Span) -> AsyncIterator[Chunks]:
        try:
            async with self._source.open(span) as chunks:
                yield chunks
        except (ArticleMissingError, ArticleDamagedError):
            self._damaged()
            raise
