"""Sources and libraries in memory that can be held up, can fail, and show what was done to them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

from altmount.errors import NotFoundError, PermanentError
from altmount.library.nodes import File, Folder
from altmount.library.paths import ROOT, VirtualPath, parent_of
from altmount.spans import Span

LONG_AGO = datetime(2024, 2, 29, 12, 30, 15, 999_999, tzinfo=UTC)


class MemorySource:
    """A source whose reading can be held up and is seen to end.

    A read waits before the chunk that holds the byte ``hold_at`` until ``may_go_on`` is set,
    and gives every byte before ``fail_at``, then raises ``error``.
    """

    def __init__(self, data, *, chunk=10, hold_at=None, fail_at=None, error=None):
        self.data = memoryview(data)
        self.chunk = chunk
        self.hold_at, self.fail_at = hold_at, fail_at
        self.error = error or PermanentError("article <a@b> is on no provider")
        self.opened = []  #: every span ever opened
        self.reading = 0
        self.local = False  #: whether a client put it there
        self.held = asyncio.Event()  #: a read has come to where it is held up
        self.ended = asyncio.Event()  #: no read is left
        self.may_go_on = asyncio.Event()

    @property
    def size(self):
        return len(self.data)

    @asynccontextmanager
    async def open(self, span: Span):
        assert 0 <= span.start <= span.stop <= self.size
        self.opened.append(span)
        self.reading += 1
        self.ended.clear()
        try:
            yield self._chunks(span)
        finally:
            self.reading -= 1
            if not self.reading:
                self.ended.set()

    async def _chunks(self, span):
        at = span.start
        while at < span.stop:
            stop = min(at + self.chunk, span.stop)
            if self.hold_at is not None and self.hold_at < stop:
                self.held.set()
                await self.may_go_on.wait()
            if self.fail_at is not None and self.fail_at < stop:
                if at < self.fail_at:
                    yield self.data[at : self.fail_at]
                raise self.error
            yield self.data[at:stop]
            at = stop


class MemoryLibrary:
    """A library of sources by path; their folders come with them."""

    def __init__(self):
        self.files = {}
        self.sources = {}
        self.source_error = None  #: raised instead of giving a source

    def add(self, path, source, *, modified=LONG_AGO, etag=None):
        """Put a source, or mere bytes, at a path."""
        if not hasattr(source, "open"):
            source = MemorySource(source)
        etag = f"v{len(self.files)}" if etag is None else etag
        node_id = str(UUID(int=len(self.files) + 1))
        file = File(VirtualPath(path), source.size, modified, etag, node_id, modified)
        self.files[path], self.sources[path] = file, source
        return source

    async def find(self, path):
        await asyncio.sleep(0)
        if path in self.files:
            return self.files[path]
        if path == ROOT or any(_is_below(path, file) for file in self.files):
            return Folder(path, LONG_AGO, str(UUID(int=0)), LONG_AGO)
        raise NotFoundError(f"there is no {path}")

    async def source(self, file):
        await asyncio.sleep(0)
        if self.source_error is not None:
            raise self.source_error
        return self.sources[file.path]


def _is_below(path, file):
    while file != ROOT:
        file = parent_of(file)
        if file == path:
            return True
    return False
