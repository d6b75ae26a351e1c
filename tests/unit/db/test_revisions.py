from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from hashlib import blake2b

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from altmount.db import postgresql as server
from altmount.db import schema, sqlite
from altmount.db.address import PostgresAddress
from altmount.db.database import Database
from altmount.db.errors import (
    BackupError,
    DatabaseError,
    DatabaseUnavailableError,
    NewerDatabaseError,
    OutdatedDatabaseError,
)
from altmount.db.files import Files
from altmount.db.jobs import JobRepository
from altmount.db.nodes import ROOT_ID, TRASH_ID
from altmount.db.revisions import REVISIONS, Revisions
from altmount.library.arrival import derived_id

NEWEST = REVISIONS.known[-1]
LATER = f"{int(NEWEST) + 1:04}"
ONE_MORE = """
from alembic import op
import sqlalchemy as sa

revision = "{revision}"
down_revision = "{before}"


def upgrade():
    op.add_column("jobs", sa.Column("colour", sa.Text()))
    {last}
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "altmount.db"


def later(tmp_path, last="pass"):
    """The program's migrations and one more."""
    folder = tmp_path / "migrations"
    shutil.copytree(REVISIONS.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    migration = ONE_MORE.format(revision=LATER, before=NEWEST, last=last)
    folder.joinpath("versions", f"{LATER}_colour.py").write_text(migration)
    return Revisions(folder)


async def with_a_job(address):
    async with Database.open(address) as database:
        await JobRepository(database).add("a" * 32, "kept", None)


def url_of(address):
    if isinstance(address, PostgresAddress):
        return address.conninfo.replace("postgresql:", "postgresql+psycopg:")
    return f"sqlite:///{address}"


def read(address, sql):
    if isinstance(address, PostgresAddress):
        connection = psycopg.connect(address.conninfo)
    else:
        connection = sqlite3.connect(address)
    with closing(connection):
        return connection.execute(sql).fetchall()


def test_the_revisions_are_numbered_and_alembic_agrees():
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(REVISIONS.folder))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert [each.revision for each in scripts.walk_revisions()][::-1] == REVISIONS.known
    assert scripts.get_heads() == REVISIONS.known[-1:]


async def test_the_migrations_make_the_tables_that_the_program_speaks_of(fresh_address):
    async with Database.open(fresh_address):
        pass
    engine = create_engine(url_of(fresh_address))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


async def test_texts_are_in_the_order_of_their_bytes_whatever_the_database_has(postgresql):
    dsn = postgresql.database(locale_provider="icu", icu_locale="'en-US'")
    async with Database.open(PostgresAddress(dsn)):
        pass
    other = "SELECT attrelid::regclass, attname FROM pg_attribute JOIN pg_class c ON c.oid=attrelid"
    other += " WHERE relnamespace='public'::regnamespace AND attcollation NOT IN (0, 950)"
    assert postgresql.execute(dsn, other) == []
    postgresql.drop(dsn)


def backup_of(folder):
    [copy] = folder.iterdir()
    return copy


async def test_an_old_database_is_migrated_and_a_copy_of_it_is_kept(
    fresh_address, postgresql, tmp_path
):
    await with_a_job(fresh_address)
    backups = tmp_path / "data" / "backups"
    async with Database.open(fresh_address, revisions=later(tmp_path), backups=backups) as database:
        assert await database.fetch(text("SELECT name, colour FROM jobs")) == [("kept", None)]
    copy = backup_of(backups)
    assert NEWEST in copy.name
    if isinstance(fresh_address, PostgresAddress):
        assert copy.suffix == ".dump"
        restored = postgresql.database()
        how = ("--schema=public", "--clean", "--if-exists", "--no-owner")
        run = postgresql.program("pg_restore", *how, f"--dbname={restored}", str(copy))
        assert run.returncode == 0, run.stderr
        copy = PostgresAddress(restored)
    assert read(copy, "SELECT name FROM jobs") == [("kept",)]
    assert read(copy, "SELECT version_num FROM alembic_version") == [(NEWEST,)]
    assert read(fresh_address, "SELECT version_num FROM alembic_version") == [(LATER,)]
    async with Database.open(copy) as database:  # which is how it is put back
        assert [job.name for job in await JobRepository(database).list()] == ["kept"]


async def test_nothing_is_copied_when_there_is_nothing_to_migrate(fresh_address, tmp_path):
    backups = tmp_path / "backups"
    for _ in range(2):
        async with Database.open(fresh_address, backups=backups):
            pass
    assert not backups.exists()


async def test_without_a_backup_nothing_is_migrated(fresh_address, tmp_path):
    await with_a_job(fresh_address)
    in_the_way = tmp_path / "backups"
    in_the_way.write_text("no folder")
    with pytest.raises(BackupError, match="cannot make"):
        async with Database.open(fresh_address, revisions=later(tmp_path), backups=in_the_way):
            pass
    assert read(fresh_address, "SELECT version_num FROM alembic_version") == [(NEWEST,)]


async def test_a_migration_that_fails_leaves_the_database_as_it_was(fresh_address, tmp_path):
    await with_a_job(fresh_address)
    broken = later(tmp_path, last='op.execute("SELECT nonsense")')
    with pytest.raises((DatabaseUnavailableError, DatabaseError), match="nonsense"):
        async with Database.open(fresh_address, revisions=broken):
            pass
    async with Database.open(fresh_address) as database:
        assert [job.name for job in await JobRepository(database).list()] == ["kept"]
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.UndefinedColumn)):
        read(fresh_address, "SELECT colour FROM jobs")


async def test_beside_the_one_who_has_it_a_database_is_not_migrated(fresh_address, tmp_path):
    address = fresh_address
    with pytest.raises(OutdatedDatabaseError, match="is empty; run `altmount db upgrade`"):
        async with Database.beside(address):
            pass
    await with_a_job(address)
    with pytest.raises(OutdatedDatabaseError, match=f"revision {NEWEST}, which is an old one"):
        async with Database.beside(address, revisions=later(tmp_path)):
            pass
    async with Database.open(address), Database.beside(address) as database:
        assert [job.name for job in await JobRepository(database).list()] == ["kept"]


async def test_while_another_program_holds_it_nothing_is_migrated(
    fresh_address, tmp_path, monkeypatch
):
    await with_a_job(fresh_address)
    monkeypatch.setattr(sqlite, "_PATIENCE", "PRAGMA busy_timeout = 20")
    monkeypatch.setattr(sqlite, "_PRAGMAS", ["PRAGMA busy_timeout = 20"])
    monkeypatch.setitem(server._SESSION, "lock_timeout", "20ms")
    if isinstance(fresh_address, PostgresAddress):
        holding = ["BEGIN", "LOCK TABLE jobs"]
        other = psycopg.connect(fresh_address.conninfo, autocommit=True)
    else:
        holding = ["BEGIN IMMEDIATE"]
        other = sqlite3.connect(fresh_address, isolation_level=None)
    with closing(other):
        for statement in holding:
            other.execute(statement)
        with pytest.raises(DatabaseUnavailableError, match=r"another program holds .*; end that"):
            async with Database.open(fresh_address, revisions=later(tmp_path)):
                pass
    assert read(fresh_address, "SELECT version_num FROM alembic_version") == [(NEWEST,)]


async def test_a_newer_database_is_refused_whatever_its_kind(fresh_address, tmp_path):
    async with Database.open(fresh_address, revisions=later(tmp_path)):
        pass
    for opening in (Database.open(fresh_address), Database.look(fresh_address)):
        with pytest.raises(NewerDatabaseError, match=rf"revision {LATER}.*knows {NEWEST}"):
            async with opening:
                pass
    assert read(fresh_address, "SELECT version_num FROM alembic_version") == [(LATER,)]


async def test_a_newer_database_is_refused_and_not_touched(path, tmp_path):
    async with Database.open(path, revisions=later(tmp_path)):
        pass
    before = path.read_bytes()
    with pytest.raises(NewerDatabaseError, match=rf"revision {LATER}.*knows {NEWEST}"):
        async with Database.open(path):
            pass
    assert path.read_bytes() == before


async def test_a_newer_database_that_a_crash_left_behind_is_not_touched_either(path, tmp_path):
    async with Database.open(path, revisions=later(tmp_path)) as database:
        await JobRepository(database).add("a" * 32, "in the log still", None)
        crashed = tmp_path / "crashed" / "altmount.db"
        crashed.parent.mkdir()
        for name in ("altmount.db", "altmount.db-wal"):
            shutil.copy(tmp_path / name, crashed.parent / name)
    before = {file.name: file.read_bytes() for file in crashed.parent.iterdir()}
    with pytest.raises(NewerDatabaseError):
        async with Database.open(crashed):
            pass
    after = {file.name: file.read_bytes() for file in crashed.parent.iterdir()}
    assert {name: after[name] for name in before} == before


async def test_files_of_a_library_without_ids_are_all_there_and_have_some(fresh_address, tmp_path):
    path = fresh_address
    folder = tmp_path / "old"
    shutil.copytree(REVISIONS.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in sorted(folder.joinpath("versions").glob("*.py"))[1:]:
        file.unlink()
    morning, evening = "2026-01-01 08:00:00.000000", "2026-01-01 20:00:00.000001"
    keys = {name: blake2b(name.encode(), digest_size=16).hexdigest() for name in OLD}
    async with (
        Database.open(path, revisions=Revisions(folder)) as database,
        database.transaction() as session,
    ):
        for name, (parent, *rest) in OLD.items():
            above = keys[parent] if parent else None
            modified = evening if rest[1] is not None else morning
            values = (keys[name], above, name.rpartition("/")[2], modified, *rest)
            said = ", ".join("NULL" if each is None else f"'{each}'" for each in values)
            await session.fetch(text(f"INSERT INTO nodes VALUES ({said})"))
    async with Database.open(path) as database:
        files = Files(database)
        film = await files.find("/tv/Show/sub/film.mkv")
        assert (film.size, film.etag, film.release, film.entry) == (7, "e" * 32, "a" * 32, 0)
        assert film.id == derived_id("a" * 32, 0)
        assert film.modified.isoformat() == "2026-01-01T20:00:00.000001+00:00"
        assert film.created.isoformat() == "2026-01-01T08:00:00+00:00"
        show = await files.find("/tv/Show")
        assert (show.is_folder, show.release, show.created) == (True, "a" * 32, film.created)
        assert (await files.find("/tv")).release is None
        assert (await files.find("/")).id == ROOT_ID
        assert len([row async for rows in files.descend([ROOT_ID]) for row in rows]) == 5
        assert [row.id for row in await files.roots()] == [ROOT_ID, TRASH_ID]


OLD = {
    "/": (None, None, None, None, None),
    "/tv": ("/", None, None, None, None),
    "/tv/Show": ("/tv", "a" * 32, None, None, None),
    "/tv/Show/sub": ("/tv/Show", "a" * 32, None, None, None),
    "/tv/Show/sub/film.mkv": ("/tv/Show/sub", "a" * 32, 0, 7, "e" * 32),
    "/tv/Show/other": ("/tv/Show", "a" * 32, 1, 8, "f" * 32),
}
