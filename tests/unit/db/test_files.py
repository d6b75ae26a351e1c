from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from altmount.db import files as module
from altmount.db.database import Database
from altmount.db.errors import ConflictError
from altmount.db.files import FileRepository, FileRow, FolderRow, Placement
from altmount.db.jobs import JobRepository
from altmount.errors import NotFoundError
from altmount.jobs import JobStateError, JobStatus
from tests.support.sweep import cancel_at_every_step

A, B = "a" * 32, "b" * 32
MORNING = datetime(2026, 1, 1, 8, tzinfo=UTC)
EVENING = MORNING + timedelta(hours=12, microseconds=1)


@pytest.fixture
async def database(tmp_path):
    async with Database.open(tmp_path / "altmount.db") as database:
        yield database


@pytest.fixture
def jobs(database):
    return JobRepository(database)


@pytest.fixture
def files(database):
    return FileRepository(database)


def placement(release, folder, *names, created=MORNING):
    rows = [
        FileRow(f"{folder}/{name}", 10 + index, EVENING, f"{index:032}", release, index)
        for index, name in enumerate(names)
    ]
    return Placement(release, folder, created, rows)


async def running(jobs, release):
    await jobs.add(release, release, None)
    return (await jobs.claim()).id


async def tree(files, path="/"):
    """Everything below a path, and the path."""
    found = {}
    async for rows in files.children(path):
        for row in rows:
            found[row.path] = row
            if isinstance(row, FolderRow):
                found |= await tree(files, row.path)
    return found


async def taken(files, folder, like, release=A, *, shared=False):
    return await files.names_taken(folder, like, release, shared=shared)


async def test_what_is_published_is_found_and_its_job_is_completed(files, jobs):
    job = await running(jobs, A)
    await files.publish(placement(A, "/tv/Show", "1.mkv", "sub/en.srt"), job)
    assert await files.find("/tv/Show/1.mkv") == FileRow(
        "/tv/Show/1.mkv", 10, EVENING, f"{0:032}", A, 0
    )
    assert set(await tree(files)) == {
        "/tv",
        "/tv/Show",
        "/tv/Show/1.mkv",
        "/tv/Show/sub",
        "/tv/Show/sub/en.srt",
    }
    for folder in ("/", "/tv", "/tv/Show", "/tv/Show/sub"):
        assert await files.find(folder) == FolderRow(folder, MORNING)
    done = await jobs.get(job)
    assert (done.status, done.path, done.size) == (JobStatus.COMPLETED, "/tv/Show", 21)


async def test_nothing_is_found_where_nothing_is(files, jobs):
    assert await files.find("/") is None
    assert await tree(files) == {}
    await files.publish(placement(A, "/tv/Show", "1.mkv"), await running(jobs, A))
    for path in ("/TV", "/tv/show", "/tv/Show/1.mkv/x", "/tv/Sho", "1.mkv"):
        assert await files.find(path) is None


async def test_children_come_by_name_and_in_pages(files, jobs, monkeypatch):
    monkeypatch.setattr(module, "_PAGE", 3)
    monkeypatch.setattr(module, "_BATCH", 2)
    names = ["ä", "Z", "a", "10", "9", "b/1", "\U0001f600"]
    await files.publish(placement(A, "/x", *names), await running(jobs, A))
    pages = [[row.path for row in page] async for page in files.children("/x")]
    assert pages == [["/x/10", "/x/9", "/x/Z"], ["/x/a", "/x/b", "/x/ä"], ["/x/\U0001f600"]]


@pytest.mark.parametrize("order", [(MORNING, EVENING), (EVENING, MORNING)])
async def test_a_shared_folder_is_as_old_as_the_newest_release_in_it(files, jobs, order):
    for release, folder, created in zip((A, B), ("/tv/A", "/tv/B"), order, strict=True):
        await files.publish(
            placement(release, folder, "1", created=created), await running(jobs, release)
        )
    found = await tree(files)
    assert {path: row.modified for path, row in found.items() if isinstance(row, FolderRow)} == {
        "/tv": EVENING,
        "/tv/A": order[0],
        "/tv/B": order[1],
    }


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("/tv/A", "2"),
        ("/tv/A", "1"),
        ("/tv", "x"),
        ("/tv/A/1", "x"),
        ("/tv/A/sub", "x"),
        ("/tv/A/new", "x"),
        ("/tv/A/1/new", "x"),
    ],
)
async def test_one_release_never_gets_into_another(files, jobs, folder, name):
    await files.publish(placement(A, "/tv/A", "1", "sub/2"), await running(jobs, A))
    before, job = await tree(files), await running(jobs, B)
    with pytest.raises(ConflictError):
        await files.publish(placement(B, folder, name), job)
    assert await tree(files) == before
    assert (await jobs.get(job)).status is JobStatus.RUNNING


async def test_names_are_taken_by_what_is_in_the_way(files, jobs):
    await files.publish(placement(A, "/tv/Show_%", "Show.mkv"), await running(jobs, A))
    assert await taken(files, "/tv", "Show", B) == {"Show_%"}
    assert await taken(files, "/tv", "Show", A) == set()
    assert await taken(files, "/tv", "Show_%", B, shared=True) == {"Show_%"}
    assert await taken(files, "/tv", "Sxow", B) == set()
    assert await taken(files, "/tv", "Show%", B) == set()
    assert await taken(files, "/", "tv", B) == {"tv"}
    assert await taken(files, "/", "tv", A) == {"tv"}
    assert await taken(files, "/", "tv", B, shared=True) == set()
    assert await taken(files, "/tv/Show_%", "Show.mkv", B, shared=True) == {"Show.mkv"}
    assert await taken(files, "/tv", "Show" * 60, B) == set()


async def test_a_release_that_comes_again_takes_the_place_of_what_it_had(files):
    async with files.refill() as index:
        await index.place(placement(A, "/old/deep/A", "1", "sub/2"))
        await index.place(placement(B, "/old/B", "1"))
        again = placement(A, "/new/A", "3", created=EVENING)
        await module._withdraw(index._session, A)
        await index.place(again)
    assert set(await tree(files)) == {"/old", "/old/B", "/old/B/1", "/new", "/new/A", "/new/A/3"}


async def test_the_last_release_to_go_leaves_nothing(files):
    async with files.refill() as index:
        await index.place(placement(A, "/old/deep/A", "1"))
        await module._withdraw(index._session, A)
    assert await files.find("/") is None


async def test_a_release_may_have_no_files(files):
    async with files.refill() as index:
        await index.place(placement(A, "/x/A"))
    assert set(await tree(files)) == {"/x", "/x/A"}


async def test_a_job_that_is_not_running_publishes_nothing(files, jobs):
    await jobs.add(A, "A", None)
    with pytest.raises(JobStateError):
        await files.publish(placement(A, "/x/A", "1"), 1)
    with pytest.raises(NotFoundError):
        await files.publish(placement(A, "/x/A", "1"), 2)
    assert await files.find("/") is None


async def test_a_refill_shows_only_when_it_is_done(files, jobs):
    await files.publish(placement(A, "/x/A", "1"), await running(jobs, A))
    async with files.refill() as index:
        assert await index.names_taken("/x", "A", B, shared=False) == set()
        await index.place(placement(B, "/y/B", "1"))
        assert await index.names_taken("/y", "B", A, shared=False) == {"B"}
        assert set(await tree(files)) == {"/x", "/x/A", "/x/A/1"}
    assert set(await tree(files)) == {"/y", "/y/B", "/y/B/1"}


async def test_a_refill_that_fails_changes_nothing(files, jobs):
    await files.publish(placement(A, "/x/A", "1"), await running(jobs, A))
    with pytest.raises(ZeroDivisionError):
        async with files.refill() as index:
            await index.place(placement(B, "/y/B", "1"))
            raise ZeroDivisionError
    assert set(await tree(files)) == {"/x", "/x/A", "/x/A/1"}


async def test_wherever_it_is_cancelled_all_is_published_or_nothing(
    database, files, jobs, monkeypatch
):
    monkeypatch.setattr(module, "_BATCH", 2)
    everything = {"/x", "/x/A", "/x/A/1", "/x/A/2", "/x/A/3"}
    job = await running(jobs, A)
    seen = set()

    async def publish():
        await files.publish(placement(A, "/x/A", "1", "2", "3"), job)

    async def check():
        now, status = set(await tree(files)), (await jobs.get(job)).status
        assert (now, status) in [(set(), JobStatus.RUNNING), (everything, JobStatus.COMPLETED)]
        seen.add(status)
        if status is JobStatus.COMPLETED:
            await start_over()

    async def start_over():
        async with database.transaction() as session:
            await module._withdraw(session, A)
            await session.fetch(text("UPDATE jobs SET status = 'running'"))

    assert await cancel_at_every_step(publish, check, growing=True) > 5
    assert len(seen) == 2
