from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from altmount.articles import (
    ArticleDamagedError,
    ArticleMissingError,
    ArticleUnavailableError,
    parse_message_id,
)
from altmount.reader.pieced import MemorySource
from altmount.reader.source import read
from altmount.reader.watched import WatchedSource
from altmount.spans import Span

ID = parse_message_id("a@b")


class Failing:
    """Gives some bytes, and then an error."""

    size = 10

    def __init__(self, error):
        self.error = error

    @asynccontextmanager
    async def open(self, span):
        yield self._chunks()

    async def _chunks(self):
        yield memoryview(b"01234")
        raise self.error


async def test_what_reads_well_is_not_told_of():
    told = []
    source = WatchedSource(MemorySource(b"0123456789"), lambda: told.append(1))
    assert source.size == 10
    assert await read(source, Span(2, 5)) == b"234"
    assert told == []


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (ArticleMissingError(ID), 1),
        (ArticleDamagedError(ID, "its CRC is wrong"), 1),
        (ArticleUnavailableError(ID, "no provider answers"), 0),
    ],
)
async def test_bytes_that_no_provider_has_are_told_of_and_others_are_not(error, times):
    told = []
    source = WatchedSource(Failing(error), lambda: told.append(1))
    with pytest.raises(type(error)):
        await read(source, Span(0, 10))
    assert len(told) == times
