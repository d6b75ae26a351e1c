from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text, update

from altmount.db.address import PostgresAddress
from altmount.db.checking import check, is_foreign
from altmount.db.database import Database
from altmount.db.errors import NewerDatabaseError, NotADatabaseError
from altmount.db.schema import nodes
from tests.unit.db.test_files import do, folder, ident, plant


async def test_a_sound_database_is_said_to_be_so_while_it_is_in_use(address):
    assert await check(address) == []
    async with Database.open(address):
        assert await check(address) == []


async def test_what_is_not_there_is_not_made(fresh_address, tmp_path):
    [said] = await check(fresh_address)
    assert "there is nothing in" in said
    assert list(tmp_path.iterdir()) == []


async def test_who_looks_leaves_nothing_beside_a_file(tmp_path):
    path = tmp_path / "a.db"
    async with Database.open(path) as database:
        await plant(database)
    path.with_name("a.db.lock").unlink()
    before = path.read_bytes()
    assert await check(path) == []
    assert not await is_foreign(path)
    assert [file.name for file in tmp_path.iterdir()] == ["a.db"]
    assert path.read_bytes() == before


async def test_of_an_old_one_is_said_how_it_is_brought_up_to_date(address):
    async with Database.open(address) as database, database.transaction() as session:
        await session.fetch(text("UPDATE alembic_version SET version_num = '0004'"))
    [said] = await check(address)
    assert "of revision 0004" in said
    assert "altmount db upgrade" in said


async def test_a_newer_one_is_refused(address, postgresql):
    change = "UPDATE alembic_version SET version_num = '9999'"
    if isinstance(address, PostgresAddress):
        postgresql.execute(address.conninfo, change)
    else:
        with closing(sqlite3.connect(address)) as connection, connection:
            connection.execute(change)
    with pytest.raises(NewerDatabaseError, match="9999"):
        await check(address)


async def test_what_the_program_speaks_of_and_is_not_there_is_told(address):
    async with Database.open(address) as database, database.transaction() as session:
        await session.fetch(text("ALTER TABLE jobs DROP COLUMN reason"))
        await session.fetch(text("DROP TABLE properties"))
    assert await check(address) == [
        "jobs lacks the column reason; restore a backup",
        "the table properties is not there; restore a backup",
    ]


async def test_the_database_of_another_program_is_told_from_ours(
    address, other_address, postgresql
):
    assert not await is_foreign(address)
    assert not await is_foreign(other_address)
    if isinstance(other_address, PostgresAddress):
        postgresql.execute(other_address.conninfo, "CREATE TABLE import_queue (id int)")
    else:
        with closing(sqlite3.connect(other_address)) as connection:
            connection.execute("CREATE TABLE import_queue (id int)")
    assert await is_foreign(other_address)


async def test_damage_of_a_file_is_told(tmp_path):
    path = tmp_path / "a.db"
    async with Database.open(path) as database:
        [[page]] = await database.fetch(
            text("SELECT rootpage FROM sqlite_master WHERE name = 'ix_nodes_local'")
        )
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    path.write_bytes(data)
    try:
        found = await check(path)
    except NotADatabaseError as error:
        found = [str(error)]
    assert found
    assert path.read_bytes() == data


async def test_rows_that_speak_of_ones_that_are_gone_are_told(tmp_path):
    path = tmp_path / "a.db"
    async with Database.open(path):
        pass
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO nodes (id, parent, name, created, modified) VALUES"
            " ('x', 'nowhere', 'n', '2026-01-01', '2026-01-01')"
        )
    [said] = await check(path)
    assert said == "row 3 of nodes speaks of a row of nodes that is not there"


async def test_a_circle_of_folders_is_told(address):
    async with Database.open(address) as database:
        await plant(database)
        await do(database, add=(folder(8, ident(2), "deep"),))
        async with database.transaction() as session:
            await session.fetch(update(nodes).where(nodes.c.id == ident(2)).values(parent=ident(8)))
    assert await check(address) == ["nothing leads to 6 rows of nodes; run `altmount rebuild`"]
