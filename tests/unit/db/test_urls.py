from __future__ import annotations

import pytest

from altmount.db.database import Database
from altmount.db.jobs import JobRepository
from altmount.db.queue import QueueRepository
from altmount.db.urls import UrlRepository
from altmount.jobs import Priority

URL = "https://indexer.example/1"


@pytest.fixture
async def database(tmp_path):
    async with Database.open(tmp_path / "altmount.db") as database:
        yield database


async def test_a_job_with_a_url_is_not_claimed_until_its_nzb_was_fetched(database):
    jobs, urls = JobRepository(database), UrlRepository(database)
    job = await jobs.add("0" * 32, "Name", None, url=URL, named=False)
    assert await jobs.claim() is None
    assert await urls.to_fetch(10) == [job]
    assert await urls.waiting_for(URL) == job
    now = await urls.fetched(job.id, name="Better", digest="d", nzb_bytes=7)
    assert (now.name, now.url, now.digest, now.nzb_bytes) == ("Better", None, "d", 7)
    assert await urls.to_fetch(10) == []
    assert await urls.waiting_for(URL) is None
    assert await urls.fetched(job.id, name="Again", digest="e", nzb_bytes=8) is None
    assert (await jobs.claim()).id == job.id


async def test_a_job_with_a_name_of_its_own_keeps_it(database):
    jobs, urls = JobRepository(database), UrlRepository(database)
    job = await jobs.add("0" * 32, "Name", None, url=URL)
    assert (await urls.fetched(job.id, name="Better", digest="d", nzb_bytes=7)).name == "Name"


async def test_they_are_fetched_in_turn_and_those_that_are_paused_are_not(database):
    jobs, urls = JobRepository(database), UrlRepository(database)
    low = await jobs.add("1" * 32, "Low", None, url=URL, priority=Priority.LOW)
    first = await jobs.add("2" * 32, "First", None, url=f"{URL}2")
    paused = await jobs.add("3" * 32, "Paused", None, url=f"{URL}3", paused=True)
    await jobs.add("4" * 32, "No URL", None)
    assert [job.id for job in await urls.to_fetch(10)] == [first.id, low.id]
    assert [job.id for job in await urls.to_fetch(1)] == [first.id]
    await QueueRepository(database).resume([paused.id])
    assert len(await urls.to_fetch(10)) == 3
