from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from altmount.db.jobrows import complete
from altmount.db.jobs import JobRepository
from altmount.importer.nzbstore import NzbStore
from altmount.importer.retention import Retention
from altmount.jobs import JobStatus

DAY = timedelta(days=1)


class Library:
    def __init__(self):
        self.releases = set()
        self.withdrawn = []

    async def has(self, release):
        return release in self.releases

    async def withdraw(self, release):
        self.withdrawn.append(release)


class House:
    def __init__(self, database, folder, **lasts):
        self.database = database
        self.jobs = JobRepository(database)
        self.nzbs = NzbStore(folder)
        self.library = Library()
        times = {JobStatus[name.upper()]: time for name, time in lasts.items()}
        self.retention = Retention(self.jobs, self.nzbs, self.library, times)

    async def bring(self, name, *, status):
        release = name * 32
        await self.nzbs.keep(release, name.encode())
        await self.jobs.add(release, name, None)
        if status != "queued":
            job = await self.jobs.claim()
        if status == "failed":
            await self.jobs.fail(job.id, reason="r", message="m")
        if status == "completed":
            self.library.releases.add(release)
            async with self.database.transaction() as session:
                await complete(session, job.id, path="/x", size=1)

    def age(self, name, by):
        at = (datetime.now(UTC) - by).timestamp()
        os.utime(self.nzbs.path(name * 32), (at, at))

    @property
    def kept(self):
        return {name for name in "abcdef" if self.nzbs.path(name * 32).exists()}

    async def names(self):
        return {job.name for job in await self.jobs.list()}


@pytest.fixture
async def house(database, tmp_path):
    made = House(database, tmp_path, failed=DAY, completed=7 * DAY)
    for name, status in (("a", "failed"), ("b", "completed"), ("c", "queued")):
        await made.bring(name, status=status)
    return made


async def test_what_failed_goes_with_its_nzb_and_what_is_completed_keeps_it(house):
    now = datetime.now(UTC)
    await house.retention.look(now)
    assert await house.names() == {"a", "b", "c"}
    await house.retention.look(now + 2 * DAY)
    assert (await house.names(), house.kept) == ({"b", "c"}, {"b", "c"})
    assert house.library.withdrawn == ["a" * 32]
    await house.retention.look(now + 8 * DAY)
    assert (await house.names(), house.kept) == ({"c"}, {"b", "c"})


async def test_what_is_kept_for_ever_is(database, tmp_path):
    house = House(database, tmp_path)
    await house.bring("a", status="failed")
    await house.retention.look(datetime.now(UTC) + 1000 * DAY)
    assert (await house.names(), house.kept) == ({"a"}, {"a"})


async def test_an_nzb_that_has_neither_job_nor_files_goes_after_a_day(house):
    await house.nzbs.keep("d" * 32, b"<nzb/>")
    await house.nzbs.keep("e" * 32, b"<nzb/>")
    house.age("d", timedelta(hours=25))
    house.age("e", timedelta(hours=23))
    house.age("c", timedelta(hours=25))
    await house.retention.look(datetime.now(UTC))
    assert house.kept == {"a", "b", "c", "e"}


async def test_more_jobs_go_than_are_forgotten_in_one_step(database, tmp_path):
    house = House(database, tmp_path, failed=DAY)
    for number in range(230):
        await house.jobs.add(f"{number:032x}", f"{number}", None)
        job = await house.jobs.claim()
        await house.jobs.fail(job.id, reason="r", message="m")
    await house.retention.look(datetime.now(UTC) + 2 * DAY)
    assert await house.jobs.counts() == {}
