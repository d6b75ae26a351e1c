from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from altmount.db.address import PostgresAddress
from altmount.db.database import Database
from altmount.db.revisions import REVISIONS
from altmount.doctor import database as module
from altmount.doctor.database import DatabaseLook
from altmount.doctor.examination import Check, Examination
from altmount.doctor.finding import Grade
from altmount.errors import InvalidRequestError
from tests.support.program import free_port


async def looked(address, backups="backups"):
    look = DatabaseLook(lambda: address, backups)
    findings = await Examination().make(Check("database", "", 30, look.look))
    return look.usable, findings


def change(path, *statements):
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


@pytest.fixture
async def path(tmp_path):
    path = tmp_path / "altmount.db"
    async with Database.open(path):
        pass
    return path


async def test_a_database_that_another_process_works_with_is_looked_at_beside_it(fresh_address):
    async with Database.open(fresh_address) as database, database.transaction():
        usable, [finding] = await looked(fresh_address)
    assert finding.grade is Grade.OK
    assert usable == fresh_address


async def test_nothing_is_left_beside_one_that_nobody_works_with(path):
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    usable, [finding] = await looked(path)
    assert (usable, finding.grade) == (path, Grade.OK)
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before


async def test_one_that_is_not_there_is_made_by_the_start_and_not_here(tmp_path):
    usable, [finding] = await looked(tmp_path / "none.db")
    assert (usable, finding.grade) == (None, Grade.NOTE)
    assert list(tmp_path.iterdir()) == []


async def test_a_newer_one_says_what_it_takes(path):
    change(path, "UPDATE alembic_version SET version_num = '9999'")
    usable, [finding] = await looked(path, "the-backups")
    assert usable is None
    assert finding.grade is Grade.ERROR
    assert "9999" in finding.text
    assert "the-backups" in finding.fix
    assert "Install" in finding.fix


async def test_an_older_one_is_brought_up_to_date_by_the_start(path):
    change(path, f"UPDATE alembic_version SET version_num = '{REVISIONS.known[0]}'")
    usable, [finding] = await looked(path)
    assert usable is None
    assert finding.grade is Grade.NOTE
    assert "db upgrade" in finding.fix


async def test_what_is_no_database_and_what_is_damaged_is_told_with_the_way_back(path):
    whole = path.read_bytes()
    cut = whole[: len(whole) // 2]
    scrambled = whole[:8192] + bytes(byte ^ 255 for byte in whole[8192:])
    for data in (b"my diary", cut, scrambled):
        path.write_bytes(data)
        usable, findings = await looked(path)
        assert usable is None
        assert {finding.grade for finding in findings} <= {Grade.ERROR, Grade.NOTE}
        assert any("altmount rebuild" in finding.fix for finding in findings), findings
        assert path.read_bytes() == data


async def test_rows_that_speak_of_ones_that_are_not_there_are_told(path):
    change(
        path,
        "CREATE TABLE people (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES people (id))",
        "INSERT INTO people VALUES (1, 2)",
    )
    usable, [finding] = await looked(path)
    assert usable is None
    assert finding.grade is Grade.ERROR


async def test_what_the_program_speaks_of_and_is_not_there_is_told(path):
    change(path, "DROP TABLE properties")
    usable, [finding] = await looked(path)
    assert usable is None
    assert finding.grade is Grade.ERROR
    assert "the table properties is not there" in finding.text


async def test_what_the_program_needs_and_is_not_there_is_told(path):
    change(path, "DROP TABLE links")
    usable, [finding] = await looked(path)
    assert usable is None
    assert finding.grade is Grade.ERROR
    assert finding.text.endswith("the table links is not there")


async def test_a_server_that_starts_meanwhile_does_not_make_it_look_damaged(path, monkeypatch):
    looks = []

    async def inspect(engine):
        looks.append(engine)
        if len(looks) > 1:
            return []
        log.touch()  # as whoever opens it does
        return ["page 7 is half of another"]

    log = path.with_name("altmount.db-wal")
    monkeypatch.setattr("altmount.db.sqlite.SqliteFile.inspect", inspect)
    usable, [finding] = await looked(path)
    assert (usable, finding.grade) == (path, Grade.OK)


async def test_another_program_s_is_left_alone_and_ours_beside_it_is_looked_at(path):
    ours = path.with_name("altmount-index.db")
    path.rename(ours)
    change(path, "CREATE TABLE import_queue (id INTEGER)")
    usable, [theirs, own] = await looked(path)
    assert usable == ours
    assert (theirs.grade, own.grade) == (Grade.NOTE, Grade.OK)


async def test_a_folder_in_its_place_and_one_above_it(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "a.db", Path("/")):
        usable, [finding] = await looked(path)
        assert usable is None
        assert finding.grade is Grade.ERROR
        assert finding.fix


async def test_a_server_that_is_not_there_and_an_address_that_makes_no_sense():
    dsn = f"postgresql://me:s3cret@127.0.0.1:{free_port()}/altmount"
    for address in (PostgresAddress(dsn), PostgresAddress("postgresql://x:s3cret@h/d?no=such")):
        usable, [finding] = await looked(address)
        assert usable is None
        assert finding.grade is Grade.ERROR
        assert finding.fix
        assert "s3cret" not in f"{finding}"

    def refuse():
        raise InvalidRequestError("no database is reached by foo://; use postgresql://")

    look = DatabaseLook(refuse, "backups")
    [finding] = await Examination().make(Check("database", "", 30, look.look))
    assert finding.fix == "Use postgresql://."


async def test_a_server_that_says_nothing_holds_nobody_up():
    async def silent(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        address = PostgresAddress(f"postgresql://me@127.0.0.1:{port}/altmount")
        look = DatabaseLook(lambda: address, "backups")
        examination = Examination()
        [finding] = await examination.make(Check("database", "", 0.3, look.look, "Look."))
        assert finding.grade is Grade.ERROR
        assert finding.fix == "Look."
        assert not examination.held
    await asyncio.sleep(0)


async def test_a_file_on_the_disk_of_another_machine_is_warned_of(path, tmp_path, monkeypatch):
    mounts = tmp_path / "mounts"
    mounts.write_text("40 22 0:35 / / rw - nfs4 nas:/export rw\n")
    monkeypatch.setattr(module, "_MOUNTS", mounts)
    usable, [warning, finding] = await looked(path)
    assert (usable, warning.grade, finding.grade) == (path, Grade.WARNING, Grade.OK)
    assert "database.url" in warning.fix
