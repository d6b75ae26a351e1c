from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from altmount.db.jobs import JobRepository
from altmount.db.queue import QueueRepository
from altmount.db.urls import UrlRepository
from altmount.errors import InvalidRequestError
from altmount.fetch.errors import FetchError, FetchRefusedError
from altmount.fetch.page import Page
from altmount.importer import grabbing as module
from altmount.importer.categories import Categories, Category
from altmount.importer.duplicates import Policy
from altmount.importer.grabbing import MOST_TRIES, Grabber, indexer_error, waits
from altmount.importer.nzbstore import NzbStore
from altmount.importer.queue import ImportQueue
from altmount.importer.running import Running
from altmount.importer.urls import UrlQueue
from altmount.jobs import JobStatus

URL = "https://indexer.example/get?id=1&apikey=secret"


class Web:
    """A web that answers with what it is told to, the last one again and again."""

    def __init__(self):
        self.answers = [Page(b"<nzb/>", "A.Film.nzb")]
        self.asked = []
        self.held = None

    async def get(self, url):
        self.asked.append(url)
        if self.held is not None:
            await self.held.wait()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class House:
    def __init__(self, database, folder, duplicates=Policy.UPDATE):
        self.jobs = JobRepository(database)
        self.changes = QueueRepository(database)
        self.nzbs = NzbStore(folder)
        self.web = Web()
        categories = Categories([Category("TV", "TV")])
        self.queue = ImportQueue(
            self.jobs,
            self.changes,
            self.nzbs,
            Running(),
            withdraw=self._withdraw,
            categories=categories,
        )
        waiting = UrlRepository(database)
        self.urls = UrlQueue(
            self.jobs, waiting, self.changes, self.nzbs, self.queue, categories, duplicates
        )
        self.grabber = Grabber(
            self.jobs,
            waiting,
            self.urls,
            self.changes,
            self.web.get,
            max_bytes=10_000,
            jitter=lambda wait: wait,
        )
        self.queue.listen(self.grabber.wake)

    async def _withdraw(self, release):
        pass

    async def until(self, job, done):
        async with asyncio.timeout(20):
            while not done(now := await self.jobs.get(job.id)):
                await asyncio.sleep(0.002)
        return now


@pytest.fixture
def house(database, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_FIRST_WAIT", 0.001)
    monkeypatch.setattr(module, "_LONGEST_WAIT", 0.004)
    return House(database, tmp_path)


@asynccontextmanager
async def grabbing(house):
    task = asyncio.create_task(house.grabber.run())
    yield house
    task.cancel()
    await asyncio.wait([task])


@pytest.fixture
async def grabbing_house(house):
    async with grabbing(house):
        yield house


async def test_an_nzb_is_fetched_and_its_job_called_after_it(grabbing_house):
    house = grabbing_house
    job = await house.urls.add(URL, category="tv")
    now = await house.until(job, lambda job: job.url is None)
    assert (now.name, now.category, now.status) == ("A.Film", "TV", JobStatus.QUEUED)
    assert house.web.asked == [URL]
    assert (await house.jobs.claim()).id == job.id


async def test_a_name_that_was_given_stays(grabbing_house):
    job = await grabbing_house.urls.add(URL, "Given.nzb")
    now = await grabbing_house.until(job, lambda job: job.url is None)
    assert now.name == "Given"


async def test_what_may_pass_is_tried_again(grabbing_house):
    house = grabbing_house
    house.web.answers = [FetchError("429", 0.002), FetchError("busy"), *house.web.answers]
    job = await house.urls.add(URL)
    await house.until(job, lambda job: job.url is None)
    assert len(house.web.asked) == 3


@pytest.mark.parametrize(
    ("answer", "tries", "said"),
    [
        (FetchRefusedError("it answers 404"), 1, "it answers 404"),
        (InvalidRequestError("list it in sabnzbd.private_hosts"), 1, "private_hosts"),
        (FetchError("busy", 100_000), 1, "busy"),
        (FetchError("busy"), MOST_TRIES, "busy"),
        (Page(b""), 1, "nothing was sent"),
        (Page(b'<error code="500" description="Request limit reached"/>'), 1, "Request limit"),
        (Page(b"PK\x03\x04nonsense"), 1, "zip"),
    ],
)
async def test_what_does_not_pass_fails_the_job_and_says_why(grabbing_house, answer, tries, said):
    house = grabbing_house
    house.web.answers = [answer]
    job = await house.urls.add(URL)
    now = await house.until(job, lambda job: job.status is JobStatus.FAILED)
    assert len(house.web.asked) == tries
    assert now.reason == "not-fetched"
    assert now.message.startswith("URL Fetching failed; ")
    assert said in now.message
    assert "secret" not in now.message
    house.web.answers = [Page(b"<nzb/>", "A.nzb")]
    await house.queue.retry(job.id)
    await house.until(job, lambda job: job.url is None)


async def test_what_was_handed_in_before_fails_and_says_so(database, tmp_path):
    async with grabbing(House(database, tmp_path, Policy.REFUSE)) as house:
        await house.queue.add(b"<nzb/>", "A.Film.nzb")
        job = await house.urls.add(URL)
        now = await house.until(job, lambda job: job.status is JobStatus.FAILED)
        assert now.reason == "duplicate"
        assert "is queued already" in now.message


async def test_what_was_not_fetched_is_fetched_after_the_next_start(house):
    job = await house.urls.add(URL)  # and then the program is killed
    task = asyncio.create_task(house.grabber.run())
    await house.until(job, lambda job: job.url is None)
    task.cancel()
    await asyncio.wait([task])


async def test_a_job_that_is_removed_or_paused_meanwhile_is_left_alone(grabbing_house):
    house = grabbing_house
    house.web.held = asyncio.Event()
    removed = await house.urls.add(URL)
    paused = await house.urls.add(f"{URL}2")
    while len(house.web.asked) < 2:
        await asyncio.sleep(0.002)
    await house.queue.remove(frozenset(JobStatus), [removed.release])
    house.web.held.set()
    await house.until(paused, lambda job: job.url is None)
    while house.nzbs.path(removed.release).exists():
        await asyncio.sleep(0.002)
    assert [job.id for job in await house.jobs.list()] == [paused.id]


async def test_a_paused_job_is_fetched_when_it_goes_on(grabbing_house):
    house = grabbing_house
    job = await house.urls.add(URL, paused=True)
    other = await house.urls.add(f"{URL}2")
    await house.until(other, lambda job: job.url is None)
    assert house.web.asked == [f"{URL}2"]
    await house.changes.resume([job.id])
    house.queue.wake()
    await house.until(job, lambda job: job.url is None)


def test_each_wait_is_longer_and_at_least_as_long_as_the_server_says():
    generator = waits()
    next(generator)
    plain = [generator.send(FetchError("")) for _ in range(7)]
    assert plain == [5, 15, 45, 135, 300, 300, 300]
    assert generator.send(FetchError("", 1234)) == 1234


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b'<?xml version="1.0"?><error code="100" description="Bad &amp; wrong\n"/>',
            "Bad & wrong",
        ),
        (b"<nzb><error description='x'/></nzb>", ""),
        (b"<error code='1'/>", ""),
        (b"<html>", ""),
        (b"<error " * 1000, ""),
    ],
)
def test_an_indexer_may_say_what_is_wrong(body, said):
    assert indexer_error(body) == said
