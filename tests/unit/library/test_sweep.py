from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from altmount.db.database import Database
from altmount.db.jobs import JobRepository
from altmount.errors import NotFoundError
from altmount.library import sweep as module
from altmount.library.actor import Actor
from altmount.library.errors import StorageUnavailableError, UndoError
from altmount.library.library import Library
from tests.support.releases import MapSource, make_draft, release_id

ME = Actor("test")
NOTHING_IS_KEPT = timedelta(seconds=-5)


@pytest.fixture
async def house(tmp_path):
    async with Database.open(tmp_path / "altmount.db") as database:
        library = await Library.open(database, tmp_path, MapSource, undo=NOTHING_IS_KEPT)

        async def publish(seed):
            jobs = JobRepository(database)
            await jobs.add(release_id(seed), f"{seed}", None)
            draft = make_draft(seed, ("f", "sub/g"), folder=f"/tv/{seed}", segments=1)
            await library.publish(await jobs.claim(), draft)

        yield SimpleNamespace(
            database=database,
            library=library,
            changes=library.changes,
            sweep=library.sweep,
            publish=publish,
            root=tmp_path,
        )


async def data(text):
    yield text.encode()


def sidecars(house):
    return {path.stem for path in house.library._shelf.paths()}


def contents(house):
    return len(list(house.library._store.paths()))


async def seen(library):
    return {node.path: node async for nodes in library.walk("/") for node in nodes}


async def test_what_was_removed_long_ago_is_let_go_of(house):
    await house.publish(1)
    await house.publish(2)
    await house.changes.put_local("/a", data("a"), ME)
    for path in ("/tv/1", "/a"):
        await house.changes.remove(path, ME)
    removal = (await house.changes.history())[0].number
    await house.sweep.all()
    assert sidecars(house) == {release_id(2)}
    assert contents(house) == 0
    assert (await house.library.usage()).local == 0
    assert set(await seen(house.library)) == {"/tv", "/tv/2", "/tv/2/f", "/tv/2/sub", "/tv/2/sub/g"}
    assert (await house.changes.history())[0].action == "let-go"
    with pytest.raises(UndoError, match="let go of for good"):
        await house.changes.undo(removal, ME)


async def test_what_can_still_be_brought_back_is_left_alone(house, tmp_path):
    await house.publish(1)
    await house.changes.put_local("/a", data("a"), ME)
    for path in ("/tv/1", "/a"):
        await house.changes.remove(path, ME)
    house.sweep._undo = timedelta(days=30)
    entries = await house.changes.history()
    await house.sweep.all()
    assert await house.changes.history() == entries
    assert (len(sidecars(house)), contents(house)) == (1, 1)


async def test_what_anything_names_is_left_alone(house):
    await house.publish(1)
    await house.changes.copy("/tv/1/f", "/f", ME)
    await house.changes.put_local("/a", data("a"), ME)
    await house.changes.copy("/a", "/b", ME)
    for path in ("/tv/1", "/a"):
        await house.changes.remove(path, ME)
    await house.sweep.all()
    assert (len(sidecars(house)), contents(house)) == (1, 1)
    for path in ("/f", "/b"):
        await house.library.source(await house.library.find(path))
    assert await house.library._ledger.gone() == set()


async def test_a_release_that_was_let_go_of_does_not_come_back(house):
    await house.publish(1)
    [path] = house.library._shelf.paths()
    kept = path.read_bytes()
    await house.changes.remove("/tv/1", ME)
    await house.sweep.once()
    assert path.exists()  # a crash came here
    await house.library.rebuild()
    assert set(await seen(house.library)) == {"/tv"}
    await house.sweep.tidy()
    assert not path.exists()
    path.write_bytes(kept)
    await house.library.rebuild()
    assert set(await seen(house.library)) == {"/tv"}


async def test_a_release_that_came_again_after_it_was_let_go_of_stays(house):
    await house.publish(1)
    await house.changes.remove("/tv/1", ME)
    await house.sweep.once()
    async with house.database.transaction() as session:
        await session.fetch(text("UPDATE jobs SET status = 'running'"))
    job = await JobRepository(house.database).get(1)
    await house.library.publish(job, make_draft(1, ("f",), folder="/tv/1", segments=1))
    await house.sweep.all()
    assert sidecars(house) == {release_id(1)}
    before = await seen(house.library)
    assert "/tv/1/f" in before
    await house.changes.remove("/tv/1/f", ME)
    removal = (await house.changes.history())[0].number
    house.library._undo = timedelta(days=1)
    await house.library.rebuild()
    await house.sweep.tidy()
    await house.changes.undo(removal, ME)
    assert await house.library.source(await house.library.find("/tv/1/f"))
    assert await house.library._ledger.gone() == set()


async def test_what_is_named_is_left_alone_whatever_the_journal_says(house):
    await house.publish(1)
    await house.library.rebuild()
    house.library._ledger.journal.gone = {release_id(1)}
    await house.sweep.tidy()
    assert sidecars(house) == {release_id(1)}


async def test_contents_that_never_got_a_name_go_when_they_are_old(house):
    content = await house.library._store.keep(data("lost"))
    house.sweep._undo = timedelta(days=1)
    await house.sweep.tidy()
    assert contents(house) == 1
    [path] = house.library._store.paths()
    os.utime(path, (1, 1))
    await house.sweep.tidy()
    assert contents(house) == 0
    assert content.size == 4


async def test_many_are_let_go_of_some_at_a_time(house, monkeypatch):
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    for number in range(5):
        await house.changes.make_folder(f"/{number}", ME)
        await house.changes.remove(f"/{number}", ME)
    await house.sweep.all()
    entries = [entry for entry in await house.changes.history() if entry.action == "let-go"]
    assert len(entries) == 3
    assert await house.sweep.once() == 0


async def test_it_goes_on_when_it_cannot_for_now(house, monkeypatch):
    await house.changes.make_folder("/a", ME)
    await house.changes.remove("/a", ME)
    waited = []

    def fail(*_):
        raise StorageUnavailableError("the disk is full")

    async def sleep(seconds):
        waited.append(seconds)
        if len(waited) == 1:
            monkeypatch.undo()
        else:
            raise asyncio.CancelledError

    house.sweep._sleep = sleep
    monkeypatch.setattr(house.library._ledger.journal, "append", fail)
    with pytest.raises(asyncio.CancelledError):
        await house.sweep.run()
    assert len(waited) == 2
    assert (await house.changes.history())[0].action == "let-go"


async def test_the_journal_is_kept_short_meanwhile(house, monkeypatch):
    monkeypatch.setattr("altmount.library.journal._ROOM", 1000)

    async def sleep(_):
        raise asyncio.CancelledError

    for number in range(20):
        await house.changes.make_folder(f"/{number}", ME)
    assert house.library._ledger.journal.outgrown
    house.sweep._sleep = sleep
    with pytest.raises(asyncio.CancelledError):
        await house.sweep.run()
    assert not house.library._ledger.journal.outgrown
    await house.changes.make_folder("/more", ME)
    before = await seen(house.library)
    await house.library.rebuild()
    assert await seen(house.library) == before


async def test_a_node_that_was_let_go_of_has_no_id(house):
    made = await house.changes.make_folder("/a", ME)
    await house.changes.remove("/a", ME)
    await house.sweep.all()
    with pytest.raises(NotFoundError):
        await house.library.by_id(made.id)
