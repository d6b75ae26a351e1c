from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from altmount.db.journal import Records, add, follow, forget, note
from altmount.db.nodes import Place, Record, Shift

MORNING = datetime(2026, 1, 1, 8, tzinfo=UTC)


def record(number, **more):
    shifts = (Shift("a", None, Place("b", "ä")), Shift("c", Place("d", "e"), Place("f", "g")))
    at = MORNING + timedelta(hours=number)
    return Record(number, at, "move", "webdav", "me", "client", "/a", "/b", "why", shifts, **more)


async def write(database, *entries):
    async with database.transaction() as session:
        for entry in entries:
            await note(session, entry)


async def test_what_was_noted_is_there_again(database):
    entry = record(1)
    await write(database, entry)
    assert await Records(database).get(1) == entry
    assert await Records(database).get(2) is None


async def test_the_newest_come_first_and_in_pages(database):
    await write(database, *map(record, range(1, 8)))
    records = Records(database)
    assert [each.number for each in await records.latest(3)] == [7, 6, 5]
    assert [each.number for each in await records.latest(3, before=5)] == [4, 3, 2]
    assert [each.number for each in await records.since(record(4).at, 9)] == [4, 5, 6, 7]
    assert [each.number for each in await records.since(record(4).at, 2)] == [6, 7]


async def test_the_index_says_how_far_it_is(database):
    records = Records(database)
    assert await records.followed() is None
    async with database.transaction() as session:
        await follow(session, "j", 4)
    await write(database, record(5))
    assert await records.followed() == ("j", 5)
    async with database.transaction() as session:
        await follow(session, "k", 1)
    assert await records.followed() == ("k", 1)


async def test_what_was_taken_back_says_by_what_and_may_be_so_again(database):
    await write(database, record(1), record(2, undoes=1))
    records = Records(database)
    assert (await records.get(1)).undone_by == 2
    await write(database, record(3, undoes=2))
    assert (await records.get(2)).undone_by == 3
    assert (await records.get(1)).undone_by is None
    await write(database, record(4, undoes=1))
    assert (await records.get(1)).undone_by == 4


async def test_old_entries_are_forgotten(database):
    await write(database, *map(record, range(1, 5)))
    records = Records(database)
    async with database.transaction() as session:
        await forget(session, before=3)
    assert [each.number for each in await records.latest(9)] == [4, 3]
    async with database.transaction() as session:
        await forget(session)
        await add(session, [replace(record(9), undone_by=10)])
    [entry] = await records.latest(9)
    assert (entry.number, entry.undone_by) == (9, 10)
