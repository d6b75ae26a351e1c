from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager

import pytest

from altmount.articles import ArticleMissingError
from altmount.library.errors import SidecarUnavailableError
from altmount.library.findings import Findings
from altmount.library.library import Library
from altmount.library.status import FileStatus
from altmount.spans import Span
from tests.support.house import opened
from tests.support.posts import Pattern

FILM = Pattern(9_000, 1, b"\x1a\x45\xdf\xa3")


class Told:
    """Keeps what it is told, once it is let."""

    def __init__(self):
        self.told, self.error, self.may = [], None, asyncio.Event()

    async def tell_damaged(self, release, entry=None):
        await self.may.wait()
        self.told.append((release, entry))
        if self.error is not None:
            raise self.error


@asynccontextmanager
async def running(findings):
    task = asyncio.create_task(findings.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until(true):
    async with asyncio.timeout(20):
        while not await true():
            await asyncio.sleep(0.001)


async def test_what_many_reads_find_is_told_once():
    told = Told()
    findings = Findings(told)
    for _ in range(100):
        findings.damaged("a", 0)
    findings.damaged("a", 1)
    async with running(findings):
        await asyncio.sleep(0)
        findings.damaged("a", 0)  # while it is being told
        told.may.set()
        await until(lambda: asyncio.sleep(0, len(told.told) == 2))
        findings.damaged("b", 0)
        await until(lambda: asyncio.sleep(0, len(told.told) == 3))
    assert told.told == [("a", 0), ("a", 1), ("b", 0)]


async def test_what_cannot_be_written_is_said_and_the_next_one_is_written(caplog):
    told = Told()
    told.may.set()
    told.error = SidecarUnavailableError("the disk is full")
    findings = Findings(told)
    with caplog.at_level(logging.WARNING):
        async with running(findings):
            findings.damaged("a", 0)
            await until(lambda: asyncio.sleep(0, "the disk is full" in caplog.text))
            findings.damaged("a", 0)
            await until(lambda: asyncio.sleep(0, len(told.told) == 2))


async def test_a_read_that_meets_what_is_gone_leaves_a_damaged_file_for_good(tmp_path):
    async with opened(tmp_path) as house, running(house.library.findings):
        posted = house.posts.post("Some.Film.mkv", FILM, 700)
        job = await house.imported()
        [(path, file)] = (await house.files()).items()
        assert file.status is FileStatus.HEALTHY
        house.posts.take_down(posted, 5)
        assert await house.read(file, Span(0, 700)) == FILM[:700]
        with pytest.raises(ArticleMissingError):
            await house.read(file)

        async def told():
            return (await house.library.find(path)).status is FileStatus.DAMAGED

        await until(told)
        now = await house.library.find(path)
        assert (now.etag, now.id) == (file.etag, file.id)
        assert "is damaged" in (await house.jobs.get(job.id)).message
        await house.library.rebuild()
        assert await told()
        assert await house.read(now, Span(0, 700)) == FILM[:700]
    async with opened(tmp_path) as again:
        assert isinstance(again.library, Library)
        assert (await again.library.find(path)).status is FileStatus.DAMAGED
