from __future__ import annotations

import asyncio
import gzip

import pytest

from altmount.errors import InvalidRequestError
from altmount.importer import queue as module
from altmount.importer.nzbstore import NzbStore
from altmount.importer.queue import ImportQueue, job_name
from altmount.jobs import JobStateError, JobStatus
from tests.support.jobs import FakeJobs


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
    return ImportQueue(jobs, store, ["Movies", "TV"])


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


async def test_the_same_nzb_twice_is_two_jobs(queue):
    one = await queue.add(b"<nzb/>", "a.nzb")
    two = await queue.add(b"<nzb/>", "a.nzb")
    assert one.release != two.release


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
    job = await ImportQueue(jobs, store).add(b"<nzb/>", "a.nzb", "music")
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


async def test_a_job_that_has_not_failed_is_not_tried_again(queue):
    job = await queue.add(b"<nzb/>", "a.nzb")
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
