from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from altmount.db import sqlite
from altmount.db.database import Database
from altmount.db.errors import BackupError, DatabaseUnavailableError, NotADatabaseError
from altmount.db.revisions import REVISIONS
from altmount.db.sqlite import SqliteFile


@pytest.fixture
def path(tmp_path):
    return tmp_path / "odd %20?#name's.db"


async def test_what_is_not_there_or_empty_is_at_no_revision(path):
    assert await SqliteFile(path).revision() is None
    path.touch()
    assert await SqliteFile(path).revision() is None
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    assert path.stat().st_size
    assert await SqliteFile(path).revision() is None


async def test_a_database_of_this_program_is_at_its_revision_whatever_its_name(path):
    async with Database.open(path):
        assert await SqliteFile(path).revision() == REVISIONS.known[-1]
    assert await SqliteFile(path).revision() == REVISIONS.known[-1]


@given(st.binary(min_size=1, max_size=200))
async def test_any_other_file_is_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("file") / "file"
    path.write_bytes(data)
    with pytest.raises(NotADatabaseError, match="not a database"):
        await SqliteFile(path).revision()
    assert path.read_bytes() == data


async def test_opening_any_other_file_leaves_it_alone(path):
    path.write_text("my diary")
    with pytest.raises(NotADatabaseError, match="not a database"):
        async with Database.open(path):
            pass
    assert path.read_text() == "my diary"


@pytest.mark.parametrize(
    "table", ["diary (page)", "alembic_version (version_num)"], ids=["plain", "alembic"]
)
async def test_the_database_of_another_program_is_refused_and_not_touched(path, table):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE {table}")
    before = path.read_bytes()
    with pytest.raises(NotADatabaseError, match="another program"):
        async with Database.open(path):
            pass
    assert path.read_bytes() == before


async def test_a_database_without_a_revision_is_damaged(path):
    async with Database.open(path):
        pass
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM alembic_version")
    with pytest.raises(NotADatabaseError, match="damaged"):
        await SqliteFile(path).revision()


async def test_a_folder_is_no_database(tmp_path):
    with pytest.raises(DatabaseUnavailableError, match="cannot read"):
        await SqliteFile(tmp_path).revision()


async def test_a_copy_is_whole_or_not_there(path, tmp_path):
    async with Database.open(path):
        copy = tmp_path / "copy.db"
        copy.with_name("copy.db.part").write_text("left by a crash")
        await SqliteFile(path).keep_copy(copy)
        assert await SqliteFile(copy).revision() == REVISIONS.known[-1]
        with pytest.raises(BackupError, match="cannot keep a copy"):
            await SqliteFile(path).keep_copy(tmp_path / "nowhere" / "copy.db")
    assert not list(tmp_path.glob("*.part"))


async def test_a_copy_that_does_not_reach_the_disk_is_not_kept(path, tmp_path, monkeypatch):
    def failing(_):
        raise OSError(5, "Input/output error")

    async with Database.open(path):
        monkeypatch.setattr(os, "fsync", failing)
        with pytest.raises(BackupError, match="Input/output"):
            await SqliteFile(path).keep_copy(tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy.db*"))


async def test_a_file_that_another_program_holds_is_said_so_and_left_alone(path, monkeypatch):
    monkeypatch.setattr(sqlite, "_BUSY_MILLISECONDS", 10)
    async with Database.open(path):
        pass
    before = path.read_bytes()
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        for opening in (Database.open(path), Database.beside(path)):
            with pytest.raises(DatabaseUnavailableError, match="another program holds it; end"):
                async with opening:
                    pass
    assert path.read_bytes() == before


async def test_who_had_it_to_read_leaves_no_log_behind(tmp_path):
    path = tmp_path / "a.db"
    for _ in range(2):
        async with Database.open(path) as database:
            await database.fetch(text("SELECT * FROM jobs"))
        assert {file.name for file in tmp_path.iterdir()} == {"a.db", "a.db.lock"}


async def test_a_log_that_cannot_be_folded_now_stays(tmp_path, monkeypatch):
    path = tmp_path / "a.db"
    async with Database.open(path):
        pass
    monkeypatch.setattr(sqlite, "_PRAGMAS", ["PRAGMA journal_mode = WAL", "SELECT nonsense"])
    async with Database.open(path) as database:
        await database.fetch(text("SELECT * FROM jobs"))
    monkeypatch.undo()
    async with Database.open(path) as database:
        assert await database.fetch(text("SELECT * FROM jobs")) == []
