from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from altmount.db.jobs import JobRepository, Key
from altmount.db.queue import Pause, QueueRepository
from altmount.errors import InvalidRequestError
from altmount.importer.nzbstore import NzbStore
from altmount.importer.running import Running
from altmount.importer.steering import Steering
from altmount.jobs import OPEN, JobStatus, Priority
from tests.support.jobs import Withdrawn, categories_of, import_queue


class House:
    def __init__(self, database, folder):
        self.jobs = JobRepository(database)
        self.running = Running()
        self.withdrawn = Withdrawn()
        changes = QueueRepository(database)
        self.queue = import_queue(self.jobs, NzbStore(folder), ["TV"], changes=changes)
        self.steering = Steering(
            changes,
            self.queue,
            self.running,
            withdraw=self.withdrawn,
            categories=categories_of(["TV"]),
        )

    async def bring(self, names):
        return [(await self.queue.add(name.encode(), name)).id for name in names]

    async def runs(self):
        """Claims a job and imports it for ever; its number and its task."""
        job = await self.jobs.claim()
        task = asyncio.create_task(asyncio.Event().wait())
        self.running.begin(job.id, task)
        await asyncio.sleep(0)
        return job, task

    async def order(self):
        jobs, _ = await self.jobs.page(OPEN, key=Key.TURN)
        return "".join(job.name for job in jobs)

    async def told(self, work):
        """What is done is told to who waits for news of the queue."""
        self.queue.look()
        done = await work
        async with asyncio.timeout(1):
            await self.queue.wait()
        return done


@pytest.fixture
def house(database, tmp_path):
    return House(database, tmp_path)


async def test_pausing_a_job_ends_its_import_and_resuming_has_it_begin_again(house):
    await house.bring("ab")
    job, task = await house.runs()
    paused = await house.steering.pause([job.id])
    assert task.cancelled()
    assert [each.status for each in paused] == [JobStatus.PAUSED]
    assert (await house.jobs.claim()).name == "b"
    [resumed] = await house.told(house.steering.resume([job.id]))
    assert (resumed.name, resumed.status) == ("a", JobStatus.QUEUED)


async def test_what_is_cancelled_leaves_nothing_and_says_that_it_was(house):
    await house.bring("abc")
    job, task = await house.runs()
    _, waiting, _ = sorted(house_ids(await house.jobs.list()))
    gone = await house.steering.cancel([job.id, waiting, 99])
    assert task.cancelled()
    assert {each.reason for each in gone} == {"cancelled"}
    assert sorted(house.withdrawn) == sorted(each.release for each in gone)
    assert await house.order() == "c"


def house_ids(jobs):
    return [job.id for job in jobs]


async def test_cancelled_jobs_are_tried_again_at_the_end(house):
    [first, _] = await house.bring("ab")
    await house.steering.cancel([first])
    [again] = await house.told(house.steering.retry([first, 99]))
    assert again.status is JobStatus.QUEUED
    assert await house.order() == "ba"


async def test_jobs_that_wait_are_called_and_sorted_otherwise(house):
    first, second = await house.bring("ab")
    [changed] = await house.told(
        house.steering.change([second], name="c.nzb", category="tv", priority=Priority.HIGH)
    )
    assert (changed.name, changed.category, changed.priority) == ("c", "TV", Priority.HIGH)
    assert await house.order() == "ca"
    [bare] = await house.steering.change([second], category="")
    assert bare.category is None
    for wrong in ({"name": " "}, {"category": "music"}):
        with pytest.raises(InvalidRequestError):
            await house.steering.change([first], **wrong)


async def test_a_job_is_moved(house):
    ids = await house.bring("abc")
    at, _ = await house.told(house.steering.move(ids[2], 0))
    assert (at, await house.order()) == (0, "cab")


async def test_the_queue_is_paused_for_a_while_and_goes_on(house):
    await house.bring("a")
    until = datetime.now(UTC) + timedelta(hours=1)
    await house.steering.pause_all(until)
    assert await house.steering.pausing() == Pause(paused=True, until=until)
    assert await house.jobs.claim() is None
    await house.told(house.steering.resume_all())
    assert (await house.jobs.claim()).name == "a"
