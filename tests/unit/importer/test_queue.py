from __future__ import annotations

import asyncio
import gzip

import pytest

from altmount.errors import InvalidRequestError, ObstacleError
from altmount.importer import queue as module
from altmount.importer.categories import Categories, Category
from altmount.importer.duplicates import Policy
from altmount.importer.nzbstore import NzbStore
from altmount.importer.queue import ImportQueue, job_name
from altmount.importer.running import Running
from altmount.jobs import JobStateError, JobStatus, Priority
from tests.support.jobs import FakeJobs, Withdrawn, import_queue


async def step():
    await asyncio.sleep(0)


@pytest.fixture
def jobs():
    return FakeJobs(step)


@pytest.fixture
def store(tmp_path):
    return NzbStore(tmp_path)


@pytest.fixture
def queue(jobs, store):
    return import_queue(jobs, store, ["Movies", "TV"])


async def test_once_it_is_added_the_nzb_is_kept_and_the_job_is_queued(queue, jobs, store):
    job = await queue.add(b"<nzb/>", "/some/where/Some.Film.2024.nzb.gz", "movies")

    assert (job.name, job.category, job.status) == ("Some.Film.2024", "Movies", JobStatus.QUEUED)
    assert gzip.decompress(store.path(job.release).read_bytes()) == b"<nzb/>"
    assert jobs.rows == {job.id: job}


async def test_the_nzb_is_kept_before_there_is_a_job(queue, jobs, store):
    jobs.errors["add"] = [OSError("the database is gone")]

    with pytest.raises(OSError, match="gone"):
        await queue.add(b"<nzb/>", "a.nzb")

    assert [path for path in store.path("ab").parent.parent.rglob("*") if path.is_file()] == []


async def test_a_job_that_waits_takes_over_what_is_handed_in_again(queue, jobs, store):
    one = await queue.add(b"<nzb/>", "a.nzb", "TV")
    two = await queue.add(b"<nzb/>", "b.nzb", "movies", "s3cret", priority=Priority.HIGH)
    assert (two.id, two.name, two.category) == (one.id, "a", "Movies")
    assert two.priority is Priority.HIGH
    assert await store.passwords(one.release) == ["s3cret"]
    assert len(kept(store)) == 2  # and the password


async def test_a_better_nzb_of_the_same_name_takes_the_place_of_one_that_waits(queue, jobs, store):
    one = await queue.add(b"<nzb>old</nzb>", "a.nzb", "TV")
    two = await queue.add(b"<nzb>new</nzb>", "A.nzb", "tv")
    other = await queue.add(b"<nzb>other</nzb>", "a.nzb", "Movies")
    assert (two.id, len(jobs.rows)) == (one.id, 2)
    assert gzip.decompress(store.path(one.release).read_bytes()) == b"<nzb>new</nzb>"
    assert jobs.rows[one.id].digest != one.digest
    assert other.release != one.release
    assert len(kept(store)) == 2


async def test_what_runs_or_has_ended_is_not_taken_over(queue, jobs):
    one = await queue.add(b"<nzb/>", "a.nzb")
    await jobs.claim()
    two = await queue.add(b"<nzb/>", "a.nzb")
    assert two.release != one.release
    assert jobs.statuses == ["running", "queued"]


async def test_of_many_at_once_that_are_the_same_there_is_one(queue, jobs, store):
    async with asyncio.TaskGroup() as group:
        adding = [group.create_task(queue.add(b"<nzb/>", "a.nzb")) for _ in range(5)]
    assert {task.result().id for task in adding} == {1}
    assert len(kept(store)) == 1


async def test_one_that_is_claimed_while_it_is_to_be_taken_over_is_not_changed(queue, jobs, store):
    one = await queue.add(b"<nzb>old</nzb>", "a.nzb")
    change = jobs.change

    async def too_late(*args):
        await jobs.claim()
        return await change(*args)

    jobs.change = too_late
    same = await queue.add(b"<nzb>old</nzb>", "a.nzb")
    assert (same.id, same.status) == (one.id, JobStatus.RUNNING)
    jobs.change = change


@pytest.mark.parametrize("ended", [False, True])
async def test_where_duplicates_are_refused_it_is_said_where_the_first_is(jobs, store, ended):
    queue = import_queue(jobs, store, duplicates=Policy.REFUSE)
    job = await queue.add(b"<nzb/>", "a.nzb")
    await jobs.claim()
    if ended:
        await jobs.complete(job.id, path="/complete/a", size=7)
    with pytest.raises(
        ObstacleError, match="imported already, to /complete/a" if ended else "is running"
    ):
        await queue.add(b"<nzb/>", "b.nzb")
    assert len(kept(store)) == 1


async def test_where_duplicates_are_refused_what_failed_may_be_handed_in_again(jobs, store):
    queue = import_queue(jobs, store, duplicates=Policy.REFUSE)
    job = await queue.add(b"<nzb/>", "a.nzb")
    await jobs.claim()
    await jobs.fail(job.id, reason="no-media", message="")
    assert (await queue.add(b"<nzb/>", "a.nzb")).id != job.id


async def test_where_duplicates_are_allowed_the_same_nzb_twice_is_two_jobs(jobs, store):
    queue = import_queue(jobs, store, duplicates=Policy.ALLOW)
    one = await queue.add(b"<nzb/>", "a.nzb")
    two = await queue.add(b"<nzb/>", "a.nzb")
    assert one.release != two.release


async def test_a_job_has_the_priority_of_its_category_unless_another_is_asked_for(jobs, store):
    queue = ImportQueue(
        jobs,
        jobs,
        store,
        Running(),
        withdraw=Withdrawn(),
        categories=Categories([Category("TV", "TV", Priority.HIGH)]),
    )
    assert (await queue.add(b"a", "a.nzb", "tv")).priority is Priority.HIGH
    assert (await queue.add(b"b", "b.nzb")).priority is Priority.NORMAL
    low = await queue.add(b"c", "c.nzb", "tv", priority=Priority.LOW)
    assert low.priority is Priority.LOW


async def test_a_job_may_wait_from_the_beginning(queue, jobs):
    await queue.add(b"<nzb/>", "a.nzb", paused=True)
    assert jobs.statuses == ["paused"]


async def test_what_is_removed_leaves_its_nzb_only_if_it_has_files(jobs, store):
    withdrawn = Withdrawn()
    queue = import_queue(jobs, store, withdraw=withdrawn)
    for name in "abc":
        await queue.add(name.encode(), name)
    await jobs.claim()
    await jobs.complete(1, path="/a", size=1)
    done, *others = jobs.rows.values()
    gone = await queue.remove(frozenset(JobStatus), None)
    assert (len(gone), jobs.rows) == (3, {})
    assert withdrawn == [job.release for job in others]
    assert kept(store) == [store.path(done.release)]


async def test_removing_a_job_that_runs_ends_its_import_first(jobs, store):
    running = Running()
    order = []

    async def withdraw(_):
        order.append("withdrawn")

    async def import_():
        try:
            await asyncio.Event().wait()
        finally:
            order.append("ended")

    queue = import_queue(jobs, store, running=running, withdraw=withdraw)
    job = await queue.add(b"<nzb/>", "a.nzb")
    await jobs.claim()
    task = asyncio.create_task(import_())
    running.begin(job.id, task)
    await step()
    await queue.remove({JobStatus.RUNNING}, [job.release])
    assert task.cancelled()
    assert order == ["ended", "withdrawn"]


def kept(store):
    """What lies in the store."""
    return sorted(path for path in store.path("ab").parent.parent.rglob("*") if path.is_file())


async def test_an_empty_one_is_refused_at_once(queue, jobs):
    with pytest.raises(InvalidRequestError, match="empty"):
        await queue.add(b"", "a.nzb")
    assert not jobs.rows


async def test_one_that_is_too_large_is_refused_at_once(queue, monkeypatch):
    monkeypatch.setattr(module, "MAX_NZB_BYTES", 3)
    with pytest.raises(InvalidRequestError, match="4 bytes"):
        await queue.add(b"<nzb", "a.nzb")


async def test_an_unknown_category_is_refused_and_the_known_are_told(queue, jobs):
    with pytest.raises(InvalidRequestError, match="Movies, TV"):
        await queue.add(b"<nzb/>", "a.nzb", "music")
    assert not jobs.rows


async def test_no_category_is_fine(queue):
    assert (await queue.add(b"<nzb/>", "a.nzb", " ")).category is None
    assert (await queue.add(b"<nzb/>", "a.nzb")).category is None


async def test_where_no_categories_are_configured_any_is_taken(jobs, store):
    job = await import_queue(jobs, store).add(b"<nzb/>", "a.nzb", "music")
    assert job.category == "music"


async def test_whoever_waits_hears_of_a_new_job_and_of_one_to_be_tried_again(queue, jobs):
    queue.look()
    job = await queue.add(b"<nzb/>", "a.nzb")
    await queue.wait()

    await jobs.claim()
    await jobs.fail(job.id, reason="no-media", message="")
    queue.look()
    assert (await queue.retry(job.id)).status is JobStatus.QUEUED
    await queue.wait()


async def test_a_job_that_runs_is_not_tried_again(queue, jobs):
    job = await queue.add(b"<nzb/>", "a.nzb")
    await jobs.claim()
    with pytest.raises(JobStateError):
        await queue.retry(job.id)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("film.nzb", "film"),
        ("Film.NZB.gz", "Film"),
        ("C:\\posts\\film.nzb", "film"),
        ("../../etc/passwd.nzb", "passwd"),
        ("a\r\nb\x1b[2J\udcff.nzb", "a b [2J"),
        ("film.mkv", "film.mkv"),
        (".nzb", "unnamed"),
        ("", "unnamed"),
        ("x" * 999 + ".nzb", "x" * 250),
    ],
)
def test_a_job_is_called_what_the_user_calls_the_nzb(name, shown):
    assert job_name(name) == shown


async def test_a_password_in_the_name_is_kept_and_not_shown(queue, store):
    job = await queue.add(b"<nzb/>", "Some.Film{{s3cret}}.nzb")
    assert job.name == "Some.Film"
    assert await store.passwords(job.release) == ["s3cret"]


async def test_a_password_that_is_given_comes_before_others(queue, store, jobs):
    job = await queue.add(b"<nzb/>", "Some.Film password=old.nzb", password="new")
    assert await store.passwords(job.release) == ["new", "old"]
    await jobs.claim()
    await jobs.fail(job.id, reason="encrypted", message="it is")
    again = await queue.retry(job.id, "newest")
    assert again.status is JobStatus.QUEUED
    assert await store.passwords(job.release) == ["newest", "new", "old"]
