from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from altmount.db.connection import ThreadAccess
from altmount.db.database import Database, Session
from altmount.db.errors import DatabaseUnavailableError
from altmount.db.files import Files
from altmount.db.jobs import JobRepository
from altmount.db.nodes import ROOT_ID
from altmount.errors import InvalidRequestError, NotFoundError
from altmount.jobs import JobStateError, JobStatus
from altmount.library.actor import Actor
from altmount.library.errors import FileReplacedError, SidecarError, SidecarUnavailableError
from altmount.library.journal import Journal
from altmount.library.library import Library
from altmount.library.nodes import File, Folder
from altmount.library.paths import parent_of
from altmount.library.sidecar import EPOCH
from tests.support.publisher import draft_of
from tests.support.releases import MapSource, make_draft, make_release, map_of, release_id, same_map
from tests.support.sweep import cancel_at_every_step


@pytest.fixture
async def database(tmp_path):
    async with Database.open(tmp_path / "altmount.db") as database:
        yield database


@pytest.fixture
def jobs(database):
    return JobRepository(database)


@pytest.fixture
async def library(database, tmp_path):
    return await Library.open(database, tmp_path, MapSource)


async def running(jobs, seed):
    await jobs.add(release_id(seed), f"Release {seed}", "movies")
    return await jobs.claim()


async def publish(jobs, library, seed, *names, **shape):
    return await library.publish(
        await running(jobs, seed), make_draft(seed, names or ("film.mkv",), **shape)
    )


async def tree(library, path="/"):
    """Everything there is, by path."""
    found = {path: await library.find(path)}
    for node in await library.children(path):
        assert parent_of(node.path) == path
        assert await library.find(node.path) == node
        found |= await tree(library, node.path) if isinstance(node, Folder) else {node.path: node}
    return found


async def test_an_empty_library_has_a_root(library):
    assert await library.find("/") == Folder("/", EPOCH, ROOT_ID, EPOCH)
    assert await library.children("/") == []


async def test_what_was_published_can_be_found_and_read(jobs, library):
    draft = make_draft(1, ("film.mkv", "sub/film.srt"))
    before = datetime.now(UTC)
    published = await library.publish(await running(jobs, 1), draft)
    assert published == ("/movies/Film", sum(entry.size for entry in draft.entries))
    for entry in draft.entries:
        file = await library.find(entry.path)
        assert (file.size, file.modified) == (entry.size, entry.modified)
        assert same_map(map_of(await library.source(file)), entry.map)
    folder = await library.find("/movies/Film")
    assert before <= folder.modified <= datetime.now(UTC)
    assert set(await tree(library)) == {
        "/",
        "/movies",
        "/movies/Film",
        "/movies/Film/film.mkv",
        "/movies/Film/sub",
        "/movies/Film/sub/film.srt",
    }
    job = await jobs.get(1)
    assert (job.status, job.path, job.size) == (JobStatus.COMPLETED, *published)


async def test_it_is_all_there_when_the_program_starts_again(tmp_path):
    for start in range(2):
        async with Database.open(tmp_path / "altmount.db") as database:
            library = await Library.open(database, tmp_path, MapSource)
            if not start:
                await publish(JobRepository(database), library, 1, "a", "b")
                before = await tree(library)
            assert await tree(library) == before


async def test_what_is_not_there_is_not_found(jobs, library):
    await publish(jobs, library, 1)
    for _ in range(2):
        with pytest.raises(NotFoundError, match="nothing is at /movies/film"):
            await library.find("/movies/film")
    with pytest.raises(NotFoundError):
        await library.children("/movies/film")
    with pytest.raises(NotFoundError, match="not a folder"):
        await library.children("/movies/Film/film.mkv")


async def test_a_path_that_was_looked_up_in_vain_is_found_when_something_comes(jobs, library):
    with pytest.raises(NotFoundError):
        await library.find("/movies/Film")
    await library.children("/")
    await publish(jobs, library, 1)
    assert await library.find("/movies/Film")
    assert [node.path for node in await library.children("/")] == ["/movies"]


async def test_nothing_is_looked_up_twice(jobs, library, monkeypatch):
    await publish(jobs, library, 1, "a", "b")
    asked = []
    fetch = library._files._fetch
    monkeypatch.setattr(library._files, "_fetch", lambda *a: asked.append(a) or fetch(*a))
    for _ in range(3):
        await library.find("/movies/Film/a")
        await library.children("/movies/Film")
        await library.find("/movies/Film/b")
        with pytest.raises(NotFoundError):
            await library.find("/movies/Film/c")
    assert len(asked) == 3


async def test_a_listing_belongs_to_who_asked_for_it(jobs, library):
    await publish(jobs, library, 1, "a", "b")
    (await library.children("/movies/Film")).clear()
    assert len(await library.children("/movies/Film")) == 2


async def test_a_lookup_that_a_change_overtakes_is_not_remembered(jobs, library, monkeypatch):
    real = Files.find

    async def slow(self, path):
        found = await real(self, path)
        monkeypatch.undo()
        await publish(jobs, library, 1)
        return found

    monkeypatch.setattr(Files, "find", slow)
    with pytest.raises(NotFoundError):
        await library.find("/movies/Film/film.mkv")
    assert await library.find("/movies/Film/film.mkv")


async def test_releases_of_one_name_get_folders_of_their_own(jobs, library):
    folders = [(await publish(jobs, library, seed, folder="/tv/S.01"))[0] for seed in range(4)]
    assert folders == ["/tv/S.01", "/tv/S.01_1", "/tv/S.01_2", "/tv/S.01_3"]


async def test_many_at_once_get_folders_of_their_own(jobs, library):
    claimed = [await running(jobs, seed) for seed in range(8)]
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(library.publish(job, make_draft(seed)))
            for seed, job in enumerate(claimed)
        ]
    assert len({task.result()[0] for task in tasks}) == 8


async def test_a_job_that_is_not_running_leaves_its_files_as_they_are(jobs, library):
    await publish(jobs, library, 1)
    before = await tree(library)
    with pytest.raises(JobStateError):
        await library.publish(await jobs.get(1), make_draft(1, segments=9))
    assert await tree(library) == before
    assert await library.source(before["/movies/Film/film.mkv"])


async def test_a_file_that_was_replaced_since_never_gives_other_bytes(jobs, library):
    await publish(jobs, library, 1)
    file = await library.find("/movies/Film/film.mkv")
    await library._shelf.write(make_release(1, segments=9))
    with pytest.raises(FileReplacedError, match="is being replaced; try again"):
        await library.source(file)


async def test_a_sidecar_that_was_replaced_while_it_was_opened_is_opened_anew(jobs, library):
    await library._shelf.write(make_release(1, segments=9))
    stale = await library._shelf.open(release_id(1))
    await publish(jobs, library, 1)
    library._shelf._mapped[release_id(1)] = stale
    file = await library.find("/movies/Film/film.mkv")
    assert (await library.source(file)).size == file.size


async def test_a_file_whose_sidecar_is_gone_is_damaged(jobs, library):
    await publish(jobs, library, 1)
    file = await library.find("/movies/Film/film.mkv")
    for path in library._shelf.paths():
        path.unlink()
    library._shelf.forget(file.release)
    with pytest.raises(SidecarError, match="is gone"):
        await library.source(file)


async def test_an_empty_file_is_a_file(jobs, library):
    await publish(jobs, library, 1, segments=0)
    file = await library.find("/movies/Film/film.mkv")
    assert (file.size, (await library.source(file)).size) == (0, 0)


async def test_a_wish_that_a_number_makes_too_long_is_refused(jobs, library):
    deep = "/movies" + f"/{'d' * 250}" * 16 + f"/{'e' * 70}"
    await publish(jobs, library, 1, "x", folder=deep)
    job = await running(jobs, 2)
    with pytest.raises(InvalidRequestError):
        await library.publish(job, make_draft(2, ("x",), folder=deep))
    assert (await jobs.get(job.id)).status is JobStatus.RUNNING


names = st.lists(
    st.sampled_from(["a", "b", "a/b", "b/a", "a_1", "x.mkv", "x_1.mkv"]), min_size=1, max_size=4
)
folders = st.sampled_from(["/t/A", "/t/B", "/t/A/B", "/t", "/t/A_1", "/u/A"])


@settings(max_examples=25)
@given(st.lists(st.tuples(folders, names), max_size=6))
async def test_whatever_is_published_the_index_is_what_a_rebuild_makes(releases):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        async with Database.open(root / "altmount.db") as database:
            library = await Library.open(database, root, MapSource)
            jobs = JobRepository(database)
            for seed, (wished, files) in enumerate(releases):
                given_, _ = await publish(jobs, library, seed, *files, folder=wished, segments=1)
                found = await tree(library, given_)
                own = [node for node in found.values() if isinstance(node, File)]
                assert {node.release for node in own} == {release_id(seed)}
                assert sorted(node.entry for node in own) == list(range(len(files)))
            before = await tree(library)
            report = await library.rebuild()
            assert await tree(library) == before
            assert report.moved == report.bad == ()


class Crash(BaseException):
    """The program ends here: nothing catches it."""


def crash_points(monkeypatch):
    """Crashes before the step of that number reaches the disk or the database."""
    steps = []

    class Point:
        at = None

    def step(name):
        steps.append(name)
        if len(steps) == Point.at:
            raise Crash(name)

    def before(owner, name):
        real = getattr(owner, name)

        def stepped(*args, **options):
            step(name)
            return real(*args, **options)

        monkeypatch.setattr(owner, name, stepped)

    before(os, "fsync")
    before(Path, "replace")
    before(Path, "mkdir")
    before(Path, "unlink")
    before(Journal, "append")
    for module, name in (
        ("altmount.db.files", "apply"),
        ("altmount.db.journal", "note"),
        ("altmount.db.jobrows", "take"),
    ):
        before(sys.modules[module], name)
    before(ThreadAccess, "commit")
    return Point, steps


async def test_wherever_it_crashes_nothing_half_is_seen_and_a_new_run_does_it(
    tmp_path, monkeypatch
):
    at, done, outcomes = 0, False, set()
    while not done:
        at += 1
        root = tmp_path / str(at)
        async with Database.open(root / "altmount.db") as database:
            library = await Library.open(database, root, MapSource)
            jobs = JobRepository(database)
            await publish(jobs, library, 1)
            job = await running(jobs, 2)
            with monkeypatch.context() as patch:
                point, steps = crash_points(patch)
                point.at = at
                try:
                    await library.publish(job, make_draft(2, ("a", "b"), segments=5))
                    done = True
                except Crash:
                    pass
        async with Database.open(root / "altmount.db") as database:
            library = await Library.open(database, root, MapSource)
            jobs = JobRepository(database)
            await jobs.recover()
            await assert_sound(library, jobs)
            there = (await jobs.get(job.id)).status is JobStatus.COMPLETED
            assert there or not done
            if not there:
                assert {node.release for node in await files_of(library)} == {release_id(1)}
                await library.publish(await jobs.claim(), make_draft(2, ("c",), segments=3))
            await assert_sound(library, jobs)
            assert (await jobs.get(job.id)).path == "/movies/Film_1"
            expected = {"a", "b"} if there else {"c"}
            outcomes.add(there)
            assert {
                node.path.removeprefix("/movies/Film_1/")
                for node in await files_of(library)
                if node.release == release_id(2)
            } == expected
            assert not list((root / "releases").glob(".*"))
    assert at == len(steps) + 1 > 7
    assert outcomes == {True, False}


async def files_of(library):
    return [node for node in (await tree(library)).values() if isinstance(node, File)]


async def assert_sound(library, jobs, sizes=None):
    """Each row has a readable sidecar; releases are there whole, and just those completed."""
    found = {}
    for file in await files_of(library):
        assert (await library.source(file)).size == file.size
        found.setdefault(file.release, []).append(file.entry)
    completed = await jobs.list(JobStatus.COMPLETED, limit=10_000)
    assert set(found) == {job.release for job in completed}
    for job in completed:
        sidecar = await library._shelf.open(job.release)
        assert sorted(found[job.release]) == list(range(len(sidecar)))
        folder = await library.find(job.path)
        assert isinstance(folder, Folder)


async def test_a_new_run_replaces_what_a_rebuild_showed_after_a_crash(jobs, library, monkeypatch):
    async def crash(*_, **__):
        raise Crash

    job = await running(jobs, 1)
    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(library._ledger, "commit", crash)
        await library.publish(job, make_draft(1, ("a", "b"), folder="/old/Film"))
    assert (await library.rebuild()).files == 2
    shown = await library.find("/old/Film/a")

    await library.publish(job, make_draft(1, ("c",), segments=9, folder="/new/Film"))

    assert set(await tree(library)) == {"/", "/new", "/new/Film", "/new/Film/c", "/old"}
    await assert_sound(library, jobs)
    with pytest.raises(FileReplacedError):
        await library.source(shown)
    before = await tree(library)
    await library.rebuild()
    assert await tree(library) == before


async def test_a_job_that_is_published_again_leaves_what_a_user_has_changed(
    jobs, library, monkeypatch
):
    async def crash(*_, **__):
        raise Crash

    names = ("kept", "moved", "removed", "copied", "sub/deep", "renamed")
    job = await running(jobs, 1)
    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(library._ledger, "commit", crash)
        await library.publish(job, make_draft(1, names))
    await library.rebuild()
    me, changes = Actor("test"), library.changes
    before = await tree(library)
    await changes.move("/movies/Film/moved", "/moved", me)
    await changes.remove("/movies/Film/removed", me)
    removal = (await changes.history())[0].number
    await changes.copy("/movies/Film/copied", "/copy", me)
    await changes.make_folder("/mine", me)
    await changes.move("/movies/Film/sub", "/mine/sub", me)

    await library.publish(job, make_draft(1, (*names[:-1], "other", "new"), segments=9))

    after = await tree(library)
    assert set(after) == {"/", "/movies", "/movies/Film", "/moved", "/copy", "/mine"} | {
        *("/mine/sub", "/mine/sub/deep"),
        *(f"/movies/Film/{name}" for name in ("kept", "copied", "other", "new")),
    }
    for old, new in (
        ("kept", "/movies/Film/kept"),
        ("moved", "/moved"),
        ("sub/deep", "/mine/sub/deep"),
    ):
        assert after[new].id == before[f"/movies/Film/{old}"].id
        assert after[new].etag != before[f"/movies/Film/{old}"].etag
    for node in await files_of(library):
        assert (await library.source(node)).size == node.size
    await changes.undo(removal, me)
    assert await library.source(await library.find("/movies/Film/removed"))
    whole = await tree(library)
    await library.rebuild()
    assert await tree(library) == whole


async def test_wherever_it_is_cancelled_it_is_done_or_nothing_is_seen(jobs, library):
    job = await running(jobs, 1)
    seen = set()

    async def check():
        status = (await jobs.get(job.id)).status
        seen.add(status)
        await assert_sound(library, jobs)
        if status is JobStatus.COMPLETED:
            async with library._database.transaction() as session:
                await session.fetch(text("DELETE FROM nodes WHERE parent IS NOT NULL"))
                await session.fetch(text("UPDATE jobs SET status = 'running'"))
            library._memory.forget()

    draft = make_draft(1, ("a", "b"))
    assert await cancel_at_every_step(lambda: library.publish(job, draft), check, growing=True) > 5
    assert seen == {JobStatus.RUNNING, JobStatus.COMPLETED}


async def test_a_full_disk_leaves_the_job_running_and_nothing_to_be_seen(
    jobs, library, monkeypatch
):
    job = await running(jobs, 1)

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(SidecarUnavailableError, match="No space left"):
            await library.publish(job, make_draft(1))

    async def failing(*_):
        raise DatabaseUnavailableError("the database fails: database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Session, "fetch", failing)
        with pytest.raises(DatabaseUnavailableError):
            await library.publish(job, make_draft(1))
    await assert_sound(library, jobs)
    assert (await jobs.get(job.id)).status is JobStatus.RUNNING
    await library.publish(job, make_draft(1))
    await assert_sound(library, jobs)


async def test_a_program_that_is_killed_at_any_moment_leaves_a_sound_library(tmp_path):
    rng = random.Random()
    started = 0
    for _ in range(6):
        command = [sys.executable, "-m", "tests.support.publisher", str(tmp_path)]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
        )
        try:
            for _ in range(rng.randint(1, 6)):
                started += await process.stdout.readline() == b"publishing\n"
            try:
                async with asyncio.timeout(rng.random() * 0.02):
                    await process.wait()
            except TimeoutError:
                pass
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
        async with Database.open(tmp_path / "altmount.db") as database:
            library = await Library.open(database, tmp_path, MapSource)
            jobs = JobRepository(database)
            await jobs.recover()
            await assert_sound(library, jobs)
            before = await files_of(library)
            for job in reversed(await jobs.list(JobStatus.QUEUED)):
                assert (await jobs.claim()).id == job.id
                await library.publish(job, draft_of(int(job.name)))
            await assert_sound(library, jobs)
            assert set(before) <= set(await files_of(library))
    assert started >= 6
