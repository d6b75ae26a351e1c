from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altmount.api import queuenews as module
from altmount.api.jobanswer import STATUSES
from altmount.api.queuenews import QueueNews
from altmount.db.database import Database
from altmount.db.jobs import JobRepository
from altmount.importer.progress import Progress, Stage
from altmount.jobs import JobStatus


class House:
    def __init__(self, jobs):
        self.jobs, self.progress = jobs, {}
        self.news = QueueNews(jobs, self.progress.get)

    async def add(self, name="Film"):
        self.added = getattr(self, "added", 0) + 1
        return await self.jobs.add(f"{self.added:032}", name, None)

    async def place(self):
        place = self.news.enter(None)
        [first] = await place.look()
        assert first["type"] == "initial"
        return place


@pytest.fixture
async def house(tmp_path):
    async with Database.open(tmp_path / "altmount.db") as database:
        yield House(JobRepository(database))


async def told(place):
    found = await place.look()
    assert all(one["type"] == "update" for one in found)
    return [(one["data"]["queue_id"], one["data"]["status"]) for one in found]


async def test_what_becomes_of_a_job_is_told_once(house):
    await house.add()
    place = await house.place()
    assert await told(place) == []
    second = await house.add()
    assert await told(place) == [(second.id, "pending")]
    assert await told(place) == []
    first = await house.jobs.claim()
    assert await told(place) == [(first.id, "processing")]
    await house.jobs.fail(first.id, reason="why", message="because")
    assert await told(place) == [(first.id, "failed")]
    assert await told(place) == []


async def test_how_far_a_job_is_is_told_while_it_gets_further(house):
    job = await house.add()
    await house.jobs.claim()
    stages = list(Stage)
    house.progress[job.id] = Progress(stages[0], 0.0)
    place = house.news.enter(None)
    [first] = await place.look()
    assert first["data"] == {
        str(job.id): {"percentage": house.progress[job.id].percentage, "stage": stages[0].words}
    }
    assert await place.look() == []
    now = house.progress[job.id] = Progress(stages[-1], 0.5)
    [event] = await place.look()
    data = event["data"]
    assert (data["percentage"], data["stage"]) == (now.percentage, stages[-1].words)
    assert (data["status"], data["storage_path"]) == ("processing", "")
    assert await place.look() == []
    del house.progress[job.id]
    await house.jobs.fail(job.id, reason="why", message="because")
    assert await told(place) == [(job.id, "failed")]


async def test_that_jobs_are_gone_is_told(house):
    job = await house.add()
    place = await house.place()
    await house.jobs.remove({JobStatus.QUEUED}, [job.release])
    assert await told(place) == [(0, "queue_changed")]
    assert await told(place) == []
    other = await house.add()
    await told(place)
    await house.jobs.remove({JobStatus.QUEUED}, [other.release])
    third = await house.add()
    assert await told(place) == [(third.id, "pending"), (0, "queue_changed")]


async def test_who_comes_back_is_told_what_it_missed(house, monkeypatch):
    monkeypatch.setattr(module, "_OVERLAP", module._MICROSECOND)
    await house.add()
    second = await house.add()
    place = await house.place()
    mark = place.mark
    third = await house.add()
    job = await house.jobs.claim()
    back = house.news.enter(mark)
    # It cannot know whether that of this very moment was told.
    assert await told(back) == [
        (second.id, "pending"),
        (third.id, "pending"),
        (job.id, "processing"),
    ]
    assert await told(back) == []


async def test_many_changes_at_once_are_one(house, monkeypatch):
    monkeypatch.setattr(module, "_AT_ONCE", 5)
    place = await house.place()
    for _ in range(7):
        await house.add()
    assert await told(place) == [(0, "queue_changed")]
    assert await told(place) == []
    last = await house.add()
    assert await told(place) == [(last.id, "pending")]


async def test_a_change_that_is_seen_late_is_told_all_the_same(house):
    """Its moment lies before that of a change that is known already."""
    job = await house.add()
    late = await house.add()
    place = await house.place()
    place._known.pop(job.id)
    assert await told(place) == [(job.id, "pending")]
    assert place.mark == str((late.created - module._EPOCH) // module._MICROSECOND)


@pytest.mark.parametrize("mark", ["x", "²", "9" * 40, ""])
async def test_a_mark_that_is_none_is_that_of_who_comes_new(house, mark):
    [first] = await house.news.enter(mark).look()
    assert first == {"type": "initial", "data": {}}


STEPS = ("add", "add", "claim", "fail", "remove", "look", "look")


@settings(max_examples=12)
@given(st.lists(st.sampled_from(STEPS), max_size=14), st.integers(2, 6))
def test_who_listens_knows_in_the_end_what_is_there(tmp_path_factory, steps, at_once):
    async def live():
        path = tmp_path_factory.mktemp("queue") / "altmount.db"
        async with Database.open(path) as database:
            house = House(JobRepository(database))
            place, known = house.news.enter(None), {}

            async def there():
                return {job.id: job.status for job in await house.jobs.list()}

            async def look():
                nonlocal known
                for news in await place.look():
                    data = news["data"]
                    if news["type"] == "initial" or data["status"] == "queue_changed":
                        known = await there()
                    else:
                        known[data["queue_id"]] = STATUSES[data["status"]]

            await look()
            for step in steps:
                match step:
                    case "add":
                        await house.add()
                    case "claim":
                        await house.jobs.claim()
                    case "fail":
                        for job in await house.jobs.list(JobStatus.RUNNING, limit=1):
                            await house.jobs.fail(job.id, reason="why", message="because")
                    case "remove":
                        for job in await house.jobs.list(limit=1):
                            await house.jobs.remove(frozenset(JobStatus), [job.release])
                    case "look":
                        await look()
            await look()
            assert known == await there()

    before, module._AT_ONCE = module._AT_ONCE, at_once
    try:
        asyncio.run(live())
    finally:
        module._AT_ONCE = before
