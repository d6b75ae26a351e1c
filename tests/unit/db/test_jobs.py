from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from altmount.db.errors import ConflictError
from altmount.db.jobs import JobRepository, complete
from altmount.errors import NotFoundError
from altmount.jobs import JobStateError, JobStatus
from tests.support.sweep import cancel_at_every_step

A, B, C = ("a" * 32, "b" * 32, "c" * 32)


@pytest.fixture
def jobs(database):
    return JobRepository(database)


async def finish(database, job):
    async with database.transaction() as session:
        return await complete(session, job.id, path="/movies/A", size=7)


async def test_a_new_job_waits_in_the_queue(jobs):
    before = datetime.now(UTC)
    job = await jobs.add(A, "A ☂", "movies")
    assert (job.release, job.name, job.category) == (A, "A ☂", "movies")
    assert job.status is JobStatus.QUEUED
    assert before <= job.created <= datetime.now(UTC)
    assert (job.started, job.ended, job.path, job.reason, job.message) == (None,) * 5
    assert job == await jobs.get(job.id)


async def test_a_release_has_one_job(jobs):
    await jobs.add(A, "A", None)
    with pytest.raises(ConflictError):
        await jobs.add(A, "again", None)
    assert len(await jobs.list()) == 1


async def test_a_job_is_claimed_once_the_oldest_first(jobs):
    added = [(await jobs.add(f"{n:032}", f"{n}", None)).id for n in range(3)]
    async with asyncio.TaskGroup() as group:
        claims = [group.create_task(jobs.claim()) for _ in range(6)]
    claimed = [claim.result() for claim in claims]
    assert sorted(job.id for job in claimed if job) == added
    assert [job.id for job in claimed[:3]] == added
    assert all(job.status is JobStatus.RUNNING and job.started for job in claimed[:3])


async def test_a_completed_job_knows_what_it_brought_and_stays_so(database, jobs):
    await jobs.add(A, "A", None)
    job = await jobs.claim()
    done = await finish(database, job)
    assert (done.status, done.path, done.size) == (JobStatus.COMPLETED, "/movies/A", 7)
    assert done.ended is not None
    assert done == await jobs.get(job.id)
    for change in (
        lambda: finish(database, job),
        lambda: jobs.fail(job.id, reason="r", message="m"),
        lambda: jobs.requeue(job.id),
    ):
        with pytest.raises(JobStateError, match="a job that is completed cannot become"):
            await change()
    assert await jobs.requeue_running(job.id) == done


async def test_a_failed_job_says_why_until_it_is_tried_again(jobs):
    await jobs.add(A, "A", None)
    job = await jobs.claim()
    failed = await jobs.fail(job.id, reason="missing", message="3 articles are missing")
    assert (failed.status, failed.reason) == (JobStatus.FAILED, "missing")
    assert failed.message == "3 articles are missing"
    assert failed.ended is not None
    with pytest.raises(JobStateError):
        await jobs.requeue_running(job.id)
    again = await jobs.requeue(job.id)
    assert again.status is JobStatus.QUEUED
    assert (again.started, again.ended, again.reason, again.message) == (None,) * 4
    assert (await jobs.claim()).id == job.id


async def test_an_interrupted_job_keeps_its_place_in_the_queue(jobs):
    await jobs.add(A, "A", None)
    await jobs.add(B, "B", None)
    job = await jobs.claim()
    assert (await jobs.requeue_running(job.id)).status is JobStatus.QUEUED
    assert (await jobs.claim()).id == job.id


async def test_a_running_job_cannot_be_asked_for_again(jobs):
    await jobs.add(A, "A", None)
    with pytest.raises(JobStateError):
        await jobs.requeue_running(1)
    await jobs.claim()
    with pytest.raises(JobStateError, match="a job that is running cannot become queued"):
        await jobs.requeue(1)
    assert (await jobs.get(1)).status is JobStatus.RUNNING


async def test_what_ran_when_the_program_ended_is_queued_again_at_the_start(jobs):
    for release in (A, B, C):
        await jobs.add(release, release, None)
    first = await jobs.claim()
    await jobs.fail(first.id, reason="r", message="m")
    await jobs.claim()
    assert await jobs.recover() == 1
    assert await jobs.recover() == 0
    status = {job.release: job.status for job in await jobs.list()}
    assert status == {A: JobStatus.FAILED, B: JobStatus.QUEUED, C: JobStatus.QUEUED}


async def test_jobs_are_listed_the_newest_first(jobs):
    for release in (A, B, C):
        await jobs.add(release, release[0], None)
    await jobs.claim()
    assert [job.name for job in await jobs.list()] == ["c", "b", "a"]
    assert [job.name for job in await jobs.list(JobStatus.QUEUED)] == ["c", "b"]
    assert [job.name for job in await jobs.list(limit=1)] == ["c"]


async def test_a_job_that_is_not_there_is_not_found(database, jobs):
    for change in (
        lambda: jobs.get(9),
        lambda: jobs.fail(9, reason="r", message="m"),
        lambda: jobs.requeue(9),
        lambda: jobs.requeue_running(9),
    ):
        with pytest.raises(NotFoundError, match="no job 9"):
            await change()


async def test_the_number_of_a_job_is_never_given_again(database, jobs):
    first = await jobs.add(A, "A", None)
    async with database.transaction() as session:
        await session.fetch(text("DELETE FROM jobs"))
    assert (await jobs.add(B, "B", None)).id > first.id


async def test_wherever_it_is_cancelled_a_claim_is_whole(jobs):
    job = await jobs.add(A, "A", None)

    async def check():
        now = await jobs.get(job.id)
        assert (now.status is JobStatus.RUNNING) == (now.started is not None)
        await jobs.recover()

    assert await cancel_at_every_step(jobs.claim, check) > 5


async def test_jobs_are_counted_by_status(jobs):
    assert await jobs.counts() == {}
    for release in ("a", "b", "c"):
        await jobs.add(release, release, None)
    await jobs.claim()
    assert await jobs.counts() == {JobStatus.QUEUED: 2, JobStatus.RUNNING: 1}


async def test_a_waiting_job_is_either_claimed_or_removed(jobs):
    for number in range(20):
        job = await jobs.add(f"{number:032}", "A", None)
        async with asyncio.TaskGroup() as group:
            claimed = group.create_task(jobs.claim())
            removed = group.create_task(jobs.remove({JobStatus.QUEUED}, [job.release]))
        assert bool(claimed.result()) != bool(removed.result())
    assert all(job.status is JobStatus.RUNNING for job in await jobs.list())


async def test_a_page_counts_what_is_on_the_others(jobs):
    added = [await jobs.add(f"{n:032}", f"Film {n}_%", "TV" if n % 2 else None) for n in range(5)]
    newest = list(reversed(added))
    assert await jobs.page({JobStatus.QUEUED}, start=1, limit=2) == (newest[1:3], 5)
    assert await jobs.page({JobStatus.QUEUED}, category="tv") == ([added[3], added[1]], 2)
    assert await jobs.page({JobStatus.QUEUED}, search="film 3_%") == ([added[3]], 1)
    assert await jobs.page({JobStatus.QUEUED}, search="Film _") == ([], 0)
    assert await jobs.page({JobStatus.QUEUED}, releases=[]) == ([], 0)
    assert await jobs.page({JobStatus.FAILED}) == ([], 0)
