"""A virtual file, read through its map from the articles that hold it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from altmount.articles import Urgency
from altmount.reader.extents import Extent, ExtentMap
from altmount.reader.source import Chunks
from altmount.reader.store import ArticleStore, Wish
from altmount.reader.window import Window
from altmount.spans import Span

# A span that ends before the file does will be read to its end, so it is fetched all at once,
# up to so many bytes.
_CERTAIN_BYTES = 8 * 1024 * 1024


class MappedSource:
    """Reads a virtual file; the articles that a span needs next are fetched ahead."""

    def __init__(self, store: ArticleStore, extents: ExtentMap, *, most_ahead: int) -> None:
        self._store = store
        self._extents = extents
        self._most_ahead = most_ahead

    @property
    def size(self) -> int:
        return self._extents.size

    @asynccontextmanager
    async def open(self, span: Span) -> AsyncIterator[Chunks]:
        reading = _Reading(self._store, self._extents, span, self._most_ahead)
        self._store.readers += 1
        try:
            yield reading.chunks()
        finally:
            self._store.readers -= 1
            reading.close()


class _Reading:
    """One pass over a span."""

    def __init__(
        self, store: ArticleStore, extents: ExtentMap, span: Span, most_ahead: int
    ) -> None:
        self._store = store
        self._span = span
        self._certain = span.stop < extents.size and len(span) <= _CERTAIN_BYTES
        self._most_ahead = most_ahead
        self._loop = asyncio.get_running_loop()
        # One that may end any moment begins with a single article ahead.
        first = store.share if self._certain else 1
        self._window = Window(first, self._loop.time())
        self._coming: Iterator[Extent] = extents.covering(span)
        self._next = next(self._coming, None)
        self._ahead: deque[tuple[Extent, Wish]] = deque()
        self._ahead_bytes = 0
        self._using: Wish | None = None

    async def chunks(self) -> Chunks:
        # The first goes alone: whoever asked for it may want no more, and anything beside it on
        # the line would only make it late.
        urgency = Urgency.PLAYBACK_NOW
        self._look_ahead(1, urgency)
        if self._certain:
            self._look_ahead(self._window.size, Urgency.PLAYBACK_AHEAD)
        while self._ahead:
            extent, wish = self._ahead.popleft()
            self._ahead_bytes -= extent.part.size
            self._using = wish
            waited = not wish.ready
            body = await wish.take(urgency)
            urgency = Urgency.PLAYBACK_AHEAD
            wanted = self._span.overlap(extent.virtual)
            start = extent.offset + wanted.start - extent.virtual.start
            yield body.data[start : start + len(wanted)]
            self._using = None
            wish.release()
            self._window.took(
                extent.part.size,
                waited=waited,
                trip=wish.trip,
                most=self._store.share,
                now=self._loop.time(),
            )
            self._look_ahead(self._window.size, Urgency.PLAYBACK_LATER)

    def close(self) -> None:
        """Let go of every article; fetches that nobody else wants end."""
        if self._using is not None:
            self._using.release()
            self._using = None  # an article knows its reader: together they would stay
        for _, wish in self._ahead:
            wish.release()
        self._ahead.clear()

    def _look_ahead(self, window: int, urgency: Urgency) -> None:
        """Wish for articles until ``window`` bytes, or this reading's share, are ahead.

        One may be in any case.
        """
        room = min(window, self._store.share)
        while (extent := self._next) is not None and len(self._ahead) < self._most_ahead:
            if self._ahead and self._ahead_bytes + extent.part.size > room:
                return
            wish = self._store.wish(extent.message_id, extent.part, urgency, self)
            self._ahead.append((extent, wish))
            self._ahead_bytes += extent.part.size
            self._next = next(self._coming, None)
