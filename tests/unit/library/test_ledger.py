"""Whatever is done to a library, the disk alone says it all; and wherever a crash comes."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altmount.db.connection import ThreadAccess
from altmount.db.database import Database
from altmount.db.jobs import JobRepository
from altmount.db.nodes import TRASH_ID
from altmount.errors import AltmountError
from altmount.jobs import JobStatus
from altmount.library.actor import Actor
from altmount.library.journal import Journal
from altmount.library.library import Library
from altmount.library.nodes import File
from altmount.reader.source import read
from altmount.spans import Span
from tests.support import changer
from tests.support.releases import MapSource, make_draft, map_of, release_id

ME = Actor("test", "me")


class Crash(BaseException):
    """The program ends here: nothing catches it."""


async def data(text):
    yield text.encode()


async def publish(library, seed, *names, folder="/t/A"):
    jobs = JobRepository(library._database)
    await jobs.add(release_id(seed), f"{seed}", None)
    draft = make_draft(seed, names or ("f", "sub/g"), folder=folder, segments=1)
    return await library.publish(await jobs.claim(), draft)


async def everything(library):
    """All that a user can see or bring back, with all that is said of it and in it."""
    found = {"/": await library.find("/")}
    async for nodes in library.walk("/"):
        for node in nodes:
            found[node.path] = node
            if isinstance(node, File):
                source = await library.source(node)
                if node.local is not None:
                    found[f"{node.path} holds"] = await read(source, Span(0, source.size))
                else:
                    found[f"{node.path} holds"] = list(map_of(source).starts)
    found["history"] = [
        (entry, entry.undone_by) for entry in await library.changes.history(limit=1000)
    ]
    found["trash"] = sorted(
        [row async for rows in library._files.descend([TRASH_ID]) for row in rows]
    )
    return found


async def opened(root):
    async with Database.open(root / "altmount.db") as database:
        library = await Library.open(database, root, MapSource)
        await JobRepository(database).recover()
        return await everything(library)


def lose_the_database(root):
    for file in root.glob("altmount.db*"):
        file.unlink()


paths = st.sampled_from(["/a", "/b", "/a/b", "/a/c", "/b/a", "/t", "/t/A", "/t/A/f", "/t/A/sub"])
texts = st.sampled_from(["", "one", "two"])
operations = st.one_of(
    st.tuples(st.just("make_folder"), paths),
    st.tuples(st.just("move"), paths, paths, st.booleans()),
    st.tuples(st.just("copy"), paths, paths, st.booleans(), st.booleans()),
    st.tuples(st.just("remove"), paths),
    st.tuples(st.just("put_local"), paths, texts),
    st.tuples(st.just("undo"), st.integers(1, 14)),
    st.tuples(st.just("publish"), st.sampled_from(["/t/A", "/a/b", "/t"])),
    st.tuples(st.just("begin_anew")),
    st.tuples(st.just("sweep")),
)


async def do(library, seed, operation, *how):
    changes = library.changes
    if operation == "move":
        await changes.move(*how[:2], ME, overwrite=how[2])
    elif operation == "copy":
        await changes.copy(*how[:2], ME, overwrite=how[2], deep=how[3])
    elif operation == "put_local":
        await changes.put_local(how[0], data(how[1]), ME)
    elif operation == "publish":
        await publish(library, seed, folder=how[0])
    elif operation == "begin_anew":
        async with library._ledger.turn:
            await library._ledger.begin_anew(timedelta(days=1))
    elif operation == "sweep":
        library.sweep._undo = timedelta(seconds=-5)
        await library.sweep.all()
    else:
        await getattr(changes, operation)(*how, ME)


@pytest.mark.asyncio(loop_factories=["uvloop"])  # for what is slow, one loop will do
@settings(max_examples=10)
@given(st.lists(operations, max_size=14))
async def test_whatever_is_done_the_disk_alone_says_it_all(todo):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        async with Database.open(root / "altmount.db") as database:
            library = await Library.open(database, root, MapSource)
            for seed, operation in enumerate(todo):
                before = await everything(library)
                try:
                    await do(library, seed, *operation)
                except AltmountError:
                    assert await everything(library) == before
            before = await everything(library)
        lose_the_database(root)
        async with Database.open(root / "altmount.db") as database:
            library = await Library.open(database, root, MapSource)
            assert await everything(library) == before
            report = await library.rebuild()
            assert report.bad == report.moved == ()
            assert await everything(library) == before
        assert await opened(root) == before


@pytest.mark.asyncio(loop_factories=["uvloop"])  # for what is slow, one loop will do
@settings(max_examples=10)
@given(st.lists(operations, min_size=1, max_size=10))
async def test_what_was_taken_back_is_as_it_was(todo):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        async with Database.open(root / "altmount.db") as database:
            library = await Library.open(database, root, MapSource)
            for seed, operation in enumerate(todo):
                before, number = await seen(library), library._ledger.journal.last
                try:
                    await do(library, seed, *operation)
                except AltmountError:
                    continue
                [*_, latest] = await library.changes.history(limit=1) or [None]
                if latest is None or latest.number == number or not latest.shifts:
                    continue
                after = await seen(library)
                undo = await library.changes.undo(latest.number, ME)
                left = {"/t", "/a"} if latest.action == "import" else set()
                now = await seen(library)
                assert {path: now[path] for path in now if path not in left} == {
                    path: before[path] for path in before if path not in left
                }
                await library.changes.undo(undo.number, ME)
                assert await seen(library) == after


async def seen(library):
    return {
        node.path: (node.id, getattr(node, "etag", ""))
        async for nodes in library.walk("/")
        for node in nodes
    }


class Crasher:
    """Crashes before a step of that number reaches the disk or the database, or halfway in it."""

    def __init__(self, monkeypatch, at):
        self._patch = monkeypatch
        self._at = at
        self.steps = []
        self.crashed = False
        for owner, name in (
            (os, "fsync"),
            (os, "ftruncate"),
            (Path, "replace"),
            (Path, "unlink"),
            (Journal, "append"),
            (ThreadAccess, "commit"),
            (sys.modules["altmount.db.files"], "apply"),
            (sys.modules["altmount.db.journal"], "note"),
        ):
            self._before(owner, name)
        write = os.write

        def half(file, what):
            if self._is_due("write"):
                write(file, what[: len(what) // 2])
                self.crashed = True
                raise Crash
            return write(file, what)

        monkeypatch.setattr(os, "write", half)

    def _before(self, owner, name):
        real = getattr(owner, name)

        def stepped(*args, **options):
            if self._is_due(name):
                self.crashed = True
                raise Crash(name)
            return real(*args, **options)

        self._patch.setattr(owner, name, stepped)

    def _is_due(self, name):
        if not self.crashed:
            self.steps.append(name)
        return self.crashed or len(self.steps) == self._at


CHANGES = {
    "move": lambda it: it.changes.move("/t/A", "/a", ME, overwrite=True),
    "copy": lambda it: it.changes.copy("/t/A", "/a", ME, overwrite=True),
    "put": lambda it: it.changes.put_local("/a/x", data("new"), ME),
    "undo": lambda it: it.changes.undo(1, ME),
    "sweep": lambda it: do(it, 0, "sweep"),
    "begin-anew": lambda it: do(it, 0, "begin_anew"),
    "rebuild": lambda it: it.rebuild(),
    "publish": lambda it: publish(it, 9, "h"),
}


@pytest.mark.asyncio(loop_factories=["uvloop"])
@pytest.mark.parametrize("name", CHANGES)
async def test_wherever_a_crash_comes_a_change_is_made_whole_or_not_at_all(
    name, tmp_path, monkeypatch
):
    async with Database.open(tmp_path / "base" / "altmount.db") as database:
        library = await Library.open(database, tmp_path / "base", MapSource)
        await publish(library, 1)  # entry 1
        await library.changes.make_folder("/a", ME)
        await library.changes.put_local("/a/x", data("old"), ME)
        await library.changes.make_folder("/gone", ME)
        await library.changes.remove("/gone", ME)
        before = await everything(library)
    at, done, outcomes = 0, False, set()
    while not done:
        at += 1
        root = tmp_path / str(at)
        shutil.copytree(tmp_path / "base", root)
        async with Database.open(root / "altmount.db") as database:
            library = await Library.open(database, root, MapSource)
            with monkeypatch.context() as patch:
                crasher = Crasher(patch, at)
                try:
                    await CHANGES[name](library)
                    done = True
                except (Crash, AltmountError):
                    assert crasher.crashed
        found = await opened(root)
        outcomes.add(said(found) == said(before))
        if name not in {"sweep", "begin-anew", "rebuild"}:
            assert (len(found["history"]) > len(before["history"])) == (said(found) != said(before))
        lose_the_database(root)
        again = await opened(root)
        if name == "publish" and "/t/A_1/h" in again and "/t/A_1/h" not in found:
            continue  # it was not announced, but its sidecar is there
        assert said(again) == said(found)
    assert at > 4
    assert False in outcomes or name in {"begin-anew", "rebuild"}
    assert True in outcomes or name in {"begin-anew", "rebuild"}


def said(found):
    return {key: value for key, value in found.items() if key != "/"}


async def test_a_job_whose_files_are_in_the_journal_is_completed(tmp_path, monkeypatch):
    async with Database.open(tmp_path / "altmount.db") as database:
        library = await Library.open(database, tmp_path, MapSource)
        jobs = JobRepository(database)
        await jobs.add(release_id(1), "1", None)
        job = await jobs.claim()

        def crash(*_):
            raise Crash

        append = Journal.append

        def last(self, deed):
            append(self, deed)
            monkeypatch.setattr(ThreadAccess, "commit", crash)

        with monkeypatch.context() as patch, pytest.raises(Crash):
            patch.setattr(Journal, "append", last)
            await library.publish(job, make_draft(1))
        monkeypatch.undo()
    async with Database.open(tmp_path / "altmount.db") as database:
        library = await Library.open(database, tmp_path, MapSource)
        jobs = JobRepository(database)
        await jobs.recover()
        found = await jobs.get(job.id)
        assert (found.status, found.path) == (JobStatus.COMPLETED, "/movies/Film")
        assert found.size == (await library.find("/movies/Film/film.mkv")).size


async def test_an_import_that_reached_only_the_journal_is_done_when_it_is_tried_again(
    tmp_path, monkeypatch
):
    async with Database.open(tmp_path / "altmount.db") as database:
        library = await Library.open(database, tmp_path, MapSource)
        jobs = JobRepository(database)
        await jobs.add(release_id(1), "1", None)
        job = await jobs.claim()

        async def fail(_):
            raise AltmountError("the database fails")

        append = Journal.append

        def last(self, deed):
            append(self, deed)
            monkeypatch.setattr(ThreadAccess, "commit", fail)

        with monkeypatch.context() as patch, pytest.raises(AltmountError, match="fails"):
            patch.setattr(Journal, "append", last)
            await library.publish(job, make_draft(1))
        monkeypatch.undo()
        path, size = await library.publish(job, make_draft(1))
        assert (path, size) == ("/movies/Film", (await library.find("/movies/Film/film.mkv")).size)
        assert (await jobs.get(job.id)).status is JobStatus.COMPLETED
        assert [entry.action for entry in await library.changes.history()] == ["import"]


async def test_a_change_that_reached_only_the_journal_comes_with_the_next(tmp_path, monkeypatch):
    async with Database.open(tmp_path / "altmount.db") as database:
        library = await Library.open(database, tmp_path, MapSource)

        async def fail(_):
            raise AltmountError("the database fails")

        with monkeypatch.context() as patch, pytest.raises(AltmountError, match="fails"):
            patch.setattr(ThreadAccess, "commit", fail)
            await library.changes.make_folder("/a", ME)
        assert "/a" not in await everything(library)
        await library.changes.make_folder("/b", ME)
        assert {"/a", "/b"} < set(await everything(library))
        numbers = [entry.number for entry in await library.changes.history()]
        assert numbers == [2, 1]


@pytest.mark.asyncio(loop_factories=["uvloop"])
async def test_a_program_that_is_killed_at_any_moment_keeps_what_it_said_was_done(tmp_path):
    rng = random.Random()
    done = 0
    for _ in range(4):
        command = [sys.executable, "-m", "tests.support.changer", str(tmp_path)]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
        )
        try:
            for _ in range(rng.randint(1, 40)):
                done = int(await process.stdout.readline())
            await asyncio.sleep(rng.random() * 0.01)
        finally:
            process.kill()
            rest, _ = await process.communicate()
        done = max([done, *(int(line) for line in rest.splitlines(keepends=True) if b"\n" in line)])
        found = await opened(tmp_path)
        numbers = [entry.number for entry, _ in found["history"]]
        assert numbers[-1] == 1
        assert numbers[0] in {done, done + 1}
        assert set(found) - {"/", "history", "trash"} == changer.expected(numbers[0])
        lose_the_database(tmp_path)
        assert await opened(tmp_path) == found
    assert done > 4
