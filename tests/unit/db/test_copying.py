from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import BigInteger, Boolean, Integer, String, Text, delete, insert, select, text

from altmount.db import copying
from altmount.db.address import PostgresAddress
from altmount.db.copying import copy
from altmount.db.database import Database
from altmount.db.engine import engine_at
from altmount.db.errors import (
    ConflictError,
    DatabaseError,
    DatabaseInUseError,
    OccupiedDatabaseError,
    OutdatedDatabaseError,
    UnfitValueError,
)
from altmount.db.files import Files
from altmount.db.jobs import JobRepository
from altmount.db.nodes import ROOT_ID
from altmount.db.properties import PropertyRepository
from altmount.db.schema import Moment, jobs, metadata
from altmount.db.speedtests import SpeedTestRepository
from altmount.errors import InvalidRequestError, NotFoundError
from tests.unit.db.test_files import do, film, folder, ident, note, plant

NAMES = ["a", "B", "ä", "Z z", "ß\\x41", "'%_", "\U0001f980", "\ufffd", "é", "e\u0301"]


async def furnish(database):
    """A little of everything, and names that are hard to keep or to put in order."""
    await plant(database)
    rows = [film(100 + n, ident(1), name, entry=n, size=1 << 45) for n, name in enumerate(NAMES)]
    deep = [
        folder(200, ident(1), "deep"),
        folder(150, ident(200), "er"),
        note(300, ident(150), "x"),
    ]
    await do(database, add=(*rows, *deep))
    queue = JobRepository(database)
    for number in range(3):
        await queue.add(f"{number:032}", NAMES[number], None)
    async with database.transaction() as session:
        await session.fetch(delete(jobs).where(jobs.c.name != NAMES[0]))
    await PropertyRepository(database).set(ident(1), "{urn:x}\u2602", "<x>\n</x>")
    await SpeedTestRepository(database).add("p", 1 << 40, 1 / 3)
    async with database.transaction() as session:
        for table in metadata.sorted_tables:
            if not await session.fetch(select(table)):
                await session.fetch(insert(table).values(row_of(table)))


def row_of(table):
    """Some row, of values that are hard to keep."""
    return {column.name: value_of(column) for column in table.columns}


VALUES = {
    Boolean: True,
    Integer: 7,  # so that such rows find each other by it
    BigInteger: -(1 << 62),
    Moment: datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
    Text: "\U0001f980\r\n\t\x7f",
}


def value_of(column):
    kind = type(column.type)
    return "é" * column.type.length if kind is String else VALUES[kind]


async def everything(database):
    return {
        table.name: [
            tuple(row)
            for row in await database.fetch(select(table).order_by(*table.primary_key.columns))
        ]
        for table in metadata.sorted_tables
    }


async def test_all_of_it_arrives_and_comes_back(address, other_address, tmp_path):
    async with Database.open(address) as database:
        await furnish(database)
        before = await everything(database)
        assert all(before.values())
        files = Files(database)
        order = [row.id async for rows in files.descend([ROOT_ID]) for row in rows]
    said = []
    there = await copy(address, other_address, lambda name, rows: said.append((name, rows)))
    assert not list(tmp_path.glob("*.db-*"))
    assert dict(said) == {name: len(rows) for name, rows in before.items()}
    back = await copy(other_address, tmp_path / "back.db")
    assert there.tables == back.tables
    for other in (other_address, tmp_path / "back.db"):
        async with Database.open(other) as database:
            assert database.upgraded is None
            assert await everything(database) == before
            files = Files(database)
            found = [row.id async for rows in files.descend([ROOT_ID]) for row in rows]
            assert found == order
            # The numbers of jobs that were removed are not given again.
            job = await JobRepository(database).add("f" * 32, "next", None)
            assert job.id == 4
            assert (await SpeedTestRepository(database).add("p", 1, 1)).id == 2
            await do(database, add=(film(999, ident(1), "new"),))


@pytest.mark.asyncio(loop_factories=["uvloop"])  # a second each
async def test_ten_thousand_files_are_the_same_library_there_and_back(tmp_path, postgresql):
    address, there = tmp_path / "altmount.db", PostgresAddress(postgresql.database())
    shows = [folder(n, ROOT_ID, f"Show {n}", release=f"{n:032}") for n in range(1, 101)]
    films = [
        film(n, ident(n % 100 + 1), f"{NAMES[n % 10]} {n}.mkv", release=f"{n % 100 + 1:032}")
        for n in range(1000, 11_000)
    ]
    async with Database.open(address) as database:
        await do(database, add=(*shows, *films))
        library = [row async for rows in Files(database).descend([ROOT_ID]) for row in rows]
        before = await everything(database)
    assert len(library) >= 10_100
    await copy(address, there)
    await copy(there, tmp_path / "back.db")
    for other in (there, tmp_path / "back.db"):
        async with Database.open(other) as database:
            files = Files(database)
            assert [row async for rows in files.descend([ROOT_ID]) for row in rows] == library
            assert await everything(database) == before
            assert await files.find("/Show 7/ä 5502.mkv") is None
            assert (await files.find("/Show 3/ä 5502.mkv")).id == ident(5502)


async def test_an_empty_library_can_be_copied(address, tmp_path):
    copied = await copy(address, tmp_path / "other.db")
    assert {name: contents.rows for name, contents in copied.tables.items() if contents.rows} == {
        "nodes": 2,  # the root and the trash
        "queue_state": 1,
    }
    async with Database.open(tmp_path / "other.db") as database:
        assert (await JobRepository(database).add("a" * 32, "first", None)).id == 1


async def test_what_is_there_is_never_written_over(address, tmp_path):
    async with Database.open(tmp_path / "mine.db") as database:
        await JobRepository(database).add("a" * 32, "kept", None)
    async with Database.open(address):
        pass
    with pytest.raises(OccupiedDatabaseError, match="has a library already"):
        await copy(address, tmp_path / "mine.db")
    with pytest.raises(OccupiedDatabaseError, match="has a library already"):
        await copy(tmp_path / "mine.db", address)
    with pytest.raises(InvalidRequestError, match="to itself"):
        await copy(address, address)
    async with Database.open(tmp_path / "mine.db") as database:
        assert [job.name for job in await JobRepository(database).list()] == ["kept"]


async def test_nothing_is_copied_from_nothing_or_from_an_old_one(address, tmp_path, monkeypatch):
    with pytest.raises(NotFoundError, match="nothing in"):
        await copy(tmp_path / "nowhere.db", address)
    assert not list(tmp_path.glob("nowhere.db*"))
    async with Database.open(address) as database, database.transaction() as session:
        await session.fetch(text("UPDATE alembic_version SET version_num = '0004'"))
    with pytest.raises(OutdatedDatabaseError, match="db upgrade"):
        await copy(address, tmp_path / "new.db")


async def test_while_anyone_has_one_of_them_nothing_is_copied(address, tmp_path):
    other = tmp_path / "other.db"
    async with Database.open(address):
        with pytest.raises(DatabaseInUseError):
            await copy(address, other)
    async with Database.open(other):
        with pytest.raises(DatabaseInUseError):
            await copy(address, other)


async def test_what_does_not_come_back_as_it_was_is_not_kept(
    address, other_address, tmp_path, monkeypatch
):
    async with Database.open(address) as database:
        await furnish(database)
    real = copying._Tally.add
    seen = []

    def add(self, rows):
        if self not in seen:
            seen.append(self)
        # The second tally of a table is of what was written.
        dropped = rows[1:] if len(seen) % 2 == 0 and rows else rows
        real(self, dropped)

    monkeypatch.setattr(copying._Tally, "add", add)
    with pytest.raises(DatabaseError, match=r"does not come back.*nothing was kept"):
        await copy(address, other_address)
    monkeypatch.undo()
    await copy(address, other_address)


async def test_a_library_with_a_value_that_the_other_cannot_keep_is_not_copied_in_part(
    postgresql, tmp_path
):
    path, address = tmp_path / "a.db", PostgresAddress(postgresql.database())
    async with Database.open(path) as database:
        await furnish(database)
        await JobRepository(database).add("d" * 32, "with a \0 in it", None)
    with pytest.raises(UnfitValueError, match=r"the table jobs has no room for a value: .*NUL"):
        await copy(path, address)
    assert postgresql.execute(address.conninfo, "SELECT 1 FROM pg_class WHERE relname='jobs'") == []


async def test_one_moment_is_copied_whatever_is_written_meanwhile(address, tmp_path, postgresql):
    async with Database.open(address) as database:
        await furnish(database)
        before = await everything(database)
    late = "INSERT INTO speed_tests (provider, created, bytes, seconds)"
    late += " VALUES ('late', '2026-01-01', 1, 1)"
    said = []

    def told(name, rows):
        said.append(name)
        if len(said) > 1:
            return
        if isinstance(address, PostgresAddress):
            postgresql.execute(address.conninfo, late)
        else:
            with closing(sqlite3.connect(address)) as connection, connection:
                connection.execute(late)

    await copy(address, tmp_path / "other.db", told)
    assert "speed_tests" in said[1:]
    async with Database.open(tmp_path / "other.db") as database:
        assert await everything(database) == before


async def test_rows_that_nothing_leads_to_are_told(tmp_path):
    path = tmp_path / "a.db"
    async with Database.open(path) as database:
        await furnish(database)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE nodes SET parent = ? WHERE id = ?", (ident(150), ident(200)))
    with pytest.raises(ConflictError, match="nothing leads to 3 rows of nodes"):
        await copy(path, tmp_path / "b.db")


async def test_wherever_a_copy_is_given_up_there_is_all_of_it_or_nothing(other_address, tmp_path):
    source = tmp_path / "source.db"
    async with Database.open(source) as database:
        await furnish(database)
        before = await everything(database)
    revision, steps = None, 1
    while revision is None:
        task = asyncio.create_task(copy(source, other_address))
        for _ in range(steps):
            if task.done():
                break
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        engine = engine_at(other_address)
        await engine.take()  # nobody has it any more
        revision = await engine.revision()
        await engine.close()
        steps *= 3
    assert steps > 30
    async with Database.open(other_address) as database:
        assert await everything(database) == before
