"""The one shape that every layer of the reader stack has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from altmount.spans import Span

Chunks = AsyncIterator[memoryview]
"""Bytes in order, about an article at a time. A chunk is valid until the next is asked for."""


class Source(Protocol):
    """A known number of bytes, any span of which can be read, by many at once."""

    @property
    def size(self) -> int:
        """In bytes."""

    def open(self, span: Span) -> AbstractAsyncContextManager[Chunks]:
        """Read a span from its start to its end.

        Fetching goes on only inside the block, and has ended when it is left, however
        it is left. That is the whole of interrupting a read.

        The chunks raise :class:`~altmount.articles.ArticleMissingError`,
        :class:`~altmount.articles.ArticleDamagedError` or
        :class:`~altmount.articles.ArticleUnavailableError` at the first byte that cannot be had.
        """


async def read(source: Source, span: Span) -> bytes:
    """All the bytes of a span, for spans that fit in memory."""
    async with source.open(span) as chunks:
        return b"".join([bytes(chunk) async for chunk in chunks])
