from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import insert, text

from altmount.db.address import PostgresAddress
from altmount.db.database import Database
from altmount.db.errors import ConflictError
from altmount.db.jobrows import complete, complete_release, place, place_release
from altmount.db.jobs import JobRepository, Key
from altmount.db.queue import Change, Pause, QueueRepository
from altmount.db.schema import jobs as table
from altmount.db.statistics import StatisticsRepository
from altmount.errors import NotFoundError
from altmount.jobs import JobStateError, JobStatus, Priority
from tests.support.sweep import cancel_at_every_step

A, B, C = ("a" * 32, "b" * 32, "c" * 32)


@pytest.fixture
def jobs(database):
    return JobRepository(database)


@pytest.fixture
def changes(database):
    return QueueRepository(database)


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


async def test_of_many_connections_that_claim_side_by_side_each_job_goes_to_one(address):
    async with AsyncExitStack() as stack:
        [first, *others] = [
            JobRepository(await stack.enter_async_context(Database.beside(address)))
            for _ in range(4)
        ]
        added = [(await first.add(f"{n:032}", f"{n}", None)).id for n in range(24)]

        async def claim_all(repository):
            claimed = []
            while (job := await repository.claim()) is not None:
                claimed.append(job.id)
            return claimed

        async with asyncio.TaskGroup() as group:
            each = [group.create_task(claim_all(one)) for one in (first, *others)]
        shares = [share.result() for share in each]
        assert sorted(job for share in shares for job in share) == added
        assert all(share == sorted(share) for share in shares)


async def test_a_job_that_somebody_is_just_taking_is_passed_over_without_waiting(
    postgresql, postgresql_template
):
    dsn = postgresql.database(postgresql_template)
    async with Database.open(PostgresAddress(dsn)) as database:
        jobs = JobRepository(database)
        ids = [(await jobs.add(release, release, None)).id for release in (A, B, C)]
        with psycopg.connect(dsn) as other:
            other.execute("UPDATE jobs SET status = 'running' WHERE id = %s", [ids[0]])
            assert (await jobs.claim()).id == ids[1]
            other.rollback()
            assert (await jobs.claim()).id == ids[0]
            other.execute("UPDATE jobs SET status = 'running' WHERE id = %s", [ids[2]])
            assert await jobs.claim() is None
            other.commit()
        assert await jobs.claim() is None


@pytest.mark.asyncio(loop_factories=["uvloop"])  # the processes have loops of their own
async def test_of_many_processes_one_of_which_is_killed_each_job_goes_to_one(address):
    count = 200
    async with Database.open(address) as database:
        jobs = JobRepository(database)
        async with database.transaction() as session:
            rows = [
                {"release": f"{n:032}", "name": "n", "status": "queued", "place": n}
                | {"created": datetime.now(UTC), "size": 0}
                for n in range(count)
            ]
            await session.fetch(insert(table), rows)
        name = address.conninfo if isinstance(address, PostgresAddress) else str(address)
        command = [sys.executable, "-m", "tests.support.claimer", name]
        pipe = asyncio.subprocess.PIPE
        workers = [
            await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
            for _ in range(3)
        ]
        async with asyncio.timeout(60):
            for worker in workers:
                assert await worker.stdout.readline() == b"ready\n"
            for worker in workers:
                worker.stdin.write(b"go\n")
            victim = workers[0]
            claimed = [await victim.stdout.readline()]
            victim.kill()
            shares = [(await worker.communicate())[0].splitlines() for worker in workers]
        told = [int(line) for line in (*claimed, *(line for share in shares for line in share))]
        async with asyncio.timeout(30):
            # What the killed one was just taking is to be had once the server has noticed.
            while (await jobs.counts())[JobStatus.RUNNING] < count:
                if (job := await jobs.claim()) is not None:
                    told.append(job.id)
        assert len(told) == len(set(told))
        assert count - 1 <= len(told)  # it may have taken one that it did not come to say
        assert await jobs.claim() is None


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
        lambda: jobs.postpone(job.id, 5, message="m"),
    ):
        with pytest.raises(JobStateError, match="a job that is completed cannot become"):
            await change()
    assert await jobs.requeue_running(job.id) == done


async def test_a_failed_job_says_why_until_it_is_tried_again(jobs, changes):
    await jobs.add(A, "A", None)
    job = await jobs.claim()
    failed = await jobs.fail(job.id, reason="missing", message="3 articles are missing")
    assert (failed.status, failed.reason) == (JobStatus.FAILED, "missing")
    assert failed.message == "3 articles are missing"
    assert failed.ended is not None
    with pytest.raises(JobStateError):
        await jobs.requeue_running(job.id)
    [again] = await changes.retry([job.id])
    assert again.status is JobStatus.QUEUED
    assert (again.started, again.ended, again.reason, again.message) == (None,) * 4
    assert (await jobs.claim()).id == job.id


async def test_an_interrupted_job_keeps_its_place_in_the_queue(jobs):
    await jobs.add(A, "A", None)
    await jobs.add(B, "B", None)
    job = await jobs.claim()
    assert (await jobs.requeue_running(job.id)).status is JobStatus.QUEUED
    assert (await jobs.claim()).id == job.id


async def test_a_running_job_cannot_be_asked_for_again(jobs, changes):
    await jobs.add(A, "A", None)
    with pytest.raises(JobStateError):
        await jobs.requeue_running(1)
    await jobs.claim()
    assert await changes.retry([1]) == []
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
        lambda: jobs.end(9),
        lambda: jobs.postpone(9, 1, message="m"),
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


async def turns(jobs):
    """The names of those that are in the queue, in their order."""
    found, _ = await jobs.page({JobStatus.QUEUED, JobStatus.PAUSED}, key=Key.TURN)
    return "".join(job.name for job in found)


async def queue_up(jobs, names, **values):
    return {name: (await jobs.add(name * 32, name, None, **values)).id for name in names}


async def test_who_has_the_higher_priority_comes_first(jobs):
    for name, priority in zip("abcd", (-1, 0, 2, 1), strict=True):
        await queue_up(jobs, name, priority=Priority(priority))
    assert await turns(jobs) == "cdba"
    assert [(await jobs.claim()).name for _ in range(4)] == list("cdba")


async def test_a_paused_queue_lets_only_through_what_is_forced(jobs, changes):
    await queue_up(jobs, "a")
    await queue_up(jobs, "b", priority=Priority.FORCE)
    await changes.set_pause(Pause(paused=True))
    assert (await jobs.claim()).name == "b"
    assert await jobs.claim() is None
    assert await jobs.patience() is None
    await changes.set_pause(Pause(paused=False))
    assert (await jobs.claim()).name == "a"


async def test_a_pause_ends_by_itself(jobs, changes):
    await queue_up(jobs, "a")
    until = datetime.now(UTC) + timedelta(hours=1)
    await changes.set_pause(Pause(paused=True, until=until))
    assert await changes.pausing() == Pause(paused=True, until=until)
    assert await jobs.claim() is None
    assert 3500 < await jobs.patience() <= 3600
    await changes.set_pause(Pause(paused=True, until=datetime.now(UTC)))
    assert await changes.pausing() == Pause(paused=False)
    assert (await jobs.claim()).name == "a"


async def test_a_postponed_job_waits_for_its_time_unless_someone_asks_for_it(jobs, changes):
    ids = await queue_up(jobs, "ab")
    await jobs.claim()
    await jobs.claim()
    for name in "ab":
        job = await jobs.postpone(ids[name], 3600, message="no provider")
        assert (job.status, job.attempts, job.message) == (JobStatus.QUEUED, 1, "no provider")
    assert await jobs.claim() is None
    assert 3500 < await jobs.patience() <= 3600
    [again] = await changes.retry([ids["b"]])
    assert (again.attempts, again.due, again.message) == (0, None, None)
    assert (await jobs.claim()).name == "b"


async def test_a_claim_does_not_pass_over_a_large_one(jobs):
    await queue_up(jobs, "a", nzb_bytes=100)
    await queue_up(jobs, "b", nzb_bytes=1)
    assert await jobs.claim(50) is None
    assert (await jobs.claim(100)).name == "a"
    assert (await jobs.claim(50)).name == "b"


async def test_jobs_are_paused_and_go_on_where_they_were(jobs, changes):
    ids = await queue_up(jobs, "abc")
    await jobs.claim()
    paused = await changes.pause([ids["a"], ids["b"], 99])
    assert {job.name for job in paused} == {"a", "b"}
    assert (await jobs.claim()).name == "c"
    assert await jobs.claim() is None
    with pytest.raises(JobStateError, match="a job that is paused cannot become completed"):
        await jobs.end(ids["a"])
    assert [job.name for job in await changes.resume([ids["b"]])] == ["b"]
    assert (await jobs.claim()).name == "b"
    assert [job.name for job in await changes.resume(None)] == ["a"]


async def test_what_is_cancelled_fails_with_its_reason_unless_it_has_ended(database, jobs, changes):
    ids = await queue_up(jobs, "abc")
    await finish(database, await jobs.claim())
    await jobs.claim()
    gone = await changes.cancel(list(ids.values()), reason="cancelled", message="m")
    assert {job.name for job in gone} == {"b", "c"}
    assert all(job.status is JobStatus.FAILED and job.ended for job in gone)
    with pytest.raises(JobStateError, match="a job that is failed cannot become completed"):
        await finish(database, await jobs.get(ids["b"]))


async def test_what_has_ended_and_is_tried_again_is_the_last_of_the_queue(database, jobs, changes):
    ids = await queue_up(jobs, "abc")
    await finish(database, await jobs.claim())
    [again] = await changes.retry([ids["a"]])
    assert (again.status, again.path, again.size) == (JobStatus.QUEUED, None, 0)
    assert await turns(jobs) == "bca"
    await changes.retry([ids["b"]])
    assert await turns(jobs) == "bca"


async def test_a_job_that_waits_is_changed_and_another_is_let_be(jobs, changes):
    ids = await queue_up(jobs, "abc")
    await jobs.claim()
    change = Change(name="x", category="TV", priority=Priority.HIGH)
    [changed] = await changes.change([ids["a"], ids["c"]], change)
    assert (changed.name, changed.category, changed.priority) == ("x", "TV", Priority.HIGH)
    assert await turns(jobs) == "xb"
    [bare] = await changes.change([ids["c"]], Change(category=""))
    assert (bare.name, bare.category) == ("x", None)
    assert (await jobs.get(ids["a"])).name == "a"


async def test_a_job_is_put_elsewhere_and_takes_on_the_priority_that_is_there(jobs, changes):
    ids = await queue_up(jobs, "abc")
    ids |= await queue_up(jobs, "d", priority=Priority.HIGH)
    assert await turns(jobs) == "dabc"
    at, job = await changes.move(ids["c"], 1)
    assert (at, job.priority, await turns(jobs)) == (1, Priority.NORMAL, "dcab")
    at, job = await changes.move(ids["b"], -5)
    assert (at, job.priority, await turns(jobs)) == (0, Priority.HIGH, "bdca")
    at, job = await changes.move(ids["b"], 99)
    assert (at, job.priority, await turns(jobs)) == (3, Priority.NORMAL, "dcab")
    await jobs.claim()
    with pytest.raises(NotFoundError):
        await changes.move(99, 0)


async def test_the_same_nzb_is_known_by_its_contents_or_its_name_and_category(jobs):
    one = await jobs.add(A, "Film", None, digest="d1")
    two = await jobs.add(B, "Show", "TV", digest="d2")
    waits = {JobStatus.QUEUED}
    assert await jobs.like("other", "x", "d1", waits) == one
    assert await jobs.like("FILM", None, "d9", waits) == one
    assert await jobs.like("film", "TV", "d9", waits) is None
    assert await jobs.like("show", "TV", "d9", waits) == two
    assert await jobs.like("show", "TV", "d9", {JobStatus.FAILED}) is None
    assert await jobs.like("show", "TV", "d1", waits) == two  # the newest


async def test_a_job_whose_files_are_in_goes_on_until_its_end(database, jobs):
    await queue_up(jobs, "a")
    job = await jobs.claim()
    async with database.transaction() as session:
        placed = await place(session, job.id, path="/a", size=7, note="n")
    assert (placed.status, placed.path, placed.size) == (JobStatus.RUNNING, "/a", 7)
    done = await jobs.end(job.id)
    assert (done.status, done.path, done.message) == (JobStatus.COMPLETED, "/a", "n")
    assert await jobs.end(job.id) == done
    [hour] = await StatisticsRepository(database).since(datetime.now(UTC) - timedelta(hours=2))
    assert (hour.completed, hour.bytes) == (1, 7)


@pytest.mark.parametrize("status", ["queued", "running", "failed", "completed"])
async def test_what_a_crash_kept_from_a_job_is_told_to_it(database, jobs, status):
    await queue_up(jobs, "a")
    if status != "queued":
        await jobs.claim()
    if status == "failed":
        await jobs.fail(1, reason="r", message="m")
    if status == "completed":
        await finish(database, await jobs.get(1))
    async with database.transaction() as session:
        await complete_release(session, A, path="/new", size=9)
    job = await jobs.get(1)
    assert job.status is JobStatus.COMPLETED
    assert job.path == ("/movies/A" if status == "completed" else "/new")
    assert job.reason is None


@pytest.mark.parametrize("status", ["queued", "running", "paused", "failed"])
async def test_a_job_with_something_left_to_do_goes_on_after_a_crash(
    database, jobs, changes, status
):
    await queue_up(jobs, "a")
    if status in {"running", "failed"}:
        await jobs.claim()
    if status == "failed":
        await jobs.fail(1, reason="r", message="m")
    if status == "paused":
        await changes.pause([1])
    async with database.transaction() as session:
        await place_release(session, A, path="/new", size=9)
    job = await jobs.get(1)
    assert job.status.value == ("queued" if status == "failed" else status)
    assert (job.path, job.size, job.reason, job.ended) == ("/new", 9, None, None)


async def test_jobs_that_ended_long_ago_are_forgotten_the_oldest_first(database, jobs):
    await queue_up(jobs, "abc")
    for _ in range(2):
        await finish(database, await jobs.claim())
    job = await jobs.claim()
    await jobs.fail(job.id, reason="r", message="m")
    later = datetime.now(UTC) + timedelta(seconds=1)
    assert await jobs.forget(JobStatus.COMPLETED, later - timedelta(hours=1), 10) == []
    assert [job.name for job in await jobs.forget(JobStatus.COMPLETED, later, 1)] == ["a"]
    assert [job.name for job in await jobs.forget(JobStatus.COMPLETED, later, 9)] == ["b"]
    assert await jobs.releases() == {C}


async def test_a_page_is_in_the_order_that_is_asked_for(database, jobs):
    ids = await queue_up(jobs, "bca")
    await jobs.claim()
    await finish(database, await jobs.get(ids["b"]))
    every = frozenset(JobStatus)

    async def names(**how):
        return "".join(job.name for job in (await jobs.page(every, **how))[0])

    assert await names() == "acb"
    assert await names(descending=False) == "bca"
    assert await names(key=Key.NAME) == "abc"
    assert await names(key=Key.NAME, descending=True) == "cba"
    assert await names(key=Key.STATUS) == "bca"
    assert await names(key=Key.UPDATED) == "bac"
    assert await names(since=datetime.now(UTC) + timedelta(hours=1)) == ""
    assert await names(key=Key.NAME, start=1, limit=1) == "b"


async def test_some_jobs_are_had_at_once(jobs):
    added = [await jobs.add(f"{number:032}", f"{number}", None) for number in range(3)]
    assert await jobs.some([added[2].id, 77, added[0].id, added[0].id]) == [added[0], added[2]]
    assert await jobs.some([]) == []


@pytest.mark.parametrize("key", Key)
async def test_each_order_can_be_had_the_other_way_round(jobs, key):
    for number, priority in enumerate([Priority.NORMAL, Priority.HIGH, Priority.LOW] * 2):
        await jobs.add(f"{number:032}", f"{number * 7 % 5}", None, priority=priority)
    await jobs.claim()
    statuses = frozenset(JobStatus)
    there, _ = await jobs.page(statuses, key=key, descending=False)
    back, _ = await jobs.page(statuses, key=key, descending=True)
    assert list(back) == list(there)[::-1]
    assert len(there) == 6


async def test_that_something_has_changed_is_told_by_count_and_moment(jobs):
    assert await jobs.state() == (0, None)
    first = await jobs.add("a" * 32, "A", None)
    second = await jobs.add("b" * 32, "B", None)
    assert await jobs.state() == (2, second.created)
    job = await jobs.claim()
    assert job.id == first.id
    assert await jobs.state() == (2, job.updated)
    await jobs.remove({JobStatus.QUEUED}, [second.release])
    assert await jobs.state() == (1, job.updated)
