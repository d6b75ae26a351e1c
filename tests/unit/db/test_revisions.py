from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from hashlib import blake2b

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from altmount.db import schema
from altmount.db.database import Database
from altmount.db.errors import DatabaseUnavailableError, NewerDatabaseError
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


async def with_a_job(path):
    async with Database.open(path) as database:
        await JobRepository(database).add("a" * 32, "kept", None)


def read(path, sql):
    with closing(sqlite3.connect(path)) as connection:
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


async def test_the_migrations_make_the_tables_that_the_program_speaks_of(path):
    async with Database.open(path):
        pass
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


async def test_an_old_database_is_migrated_and_a_copy_of_it_is_kept(path, tmp_path):
    await with_a_job(path)
    async with Database.open(path, revisions=later(tmp_path)) as database:
        assert await database.fetch(text("SELECT name, colour FROM jobs")) == [("kept", None)]
    copy = tmp_path / f"altmount.db.bak-{NEWEST}"
    assert read(copy, "SELECT name FROM jobs") == [("kept",)]
    assert read(copy, "SELECT version_num FROM alembic_version") == [(NEWEST,)]
    assert read(path, "SELECT version_num FROM alembic_version") == [(LATER,)]


async def test_nothing_is_copied_when_there_is_nothing_to_migrate(path, tmp_path):
    await with_a_job(path)
    await with_a_job(tmp_path / "other.db")
    async with Database.open(path):
        pass
    assert not list(tmp_path.glob("*.bak*"))


async def test_a_migration_that_fails_leaves_the_database_as_it_was(path, tmp_path):
    await with_a_job(path)
    broken = later(tmp_path, last='op.execute("SELECT nonsense")')
    with pytest.raises(DatabaseUnavailableError, match="nonsense"):
        async with Database.open(path, revisions=broken):
            pass
    async with Database.open(path) as database:
        assert [job.name for job in await JobRepository(database).list()] == ["kept"]
    assert "colour" not in {column[1] for column in read(path, "PRAGMA table_info(jobs)")}


async def test_a_newer_database_is_refused_and_not_touched(path, tmp_path):
    async with Database.open(path, revisions=later(tmp_path)):
        pass
    before = path.read_bytes()
    with pytest.raises(NewerDatabaseError, match=rf"revision {LATER}.*knows {NEWEST}"):
        async with Database.open(path):
            pass
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*.bak*"))


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


async def test_files_of_a_library_without_ids_are_all_there_and_have_some(path, tmp_path):
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
    assert read(tmp_path / "altmount.db.bak-0001", "SELECT count(*) FROM nodes") == [(6,)]


OLD = {
    "/": (None, None, None, None, None),
    "/tv": ("/", None, None, None, None),
    "/tv/Show": ("/tv", "a" * 32, None, None, None),
    "/tv/Show/sub": ("/tv/Show", "a" * 32, None, None, None),
    "/tv/Show/sub/film.mkv": ("/tv/Show/sub", "a" * 32, 0, 7, "e" * 32),
    "/tv/Show/other": ("/tv/Show", "a" * 32, 1, 8, "f" * 32),
}
