from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from altmount import dbcommand
from altmount.cli import build_parser
from altmount.config.load import load_settings
from altmount.db.address import PostgresAddress
from altmount.db.database import Database
from altmount.db.errors import DatabaseInUseError, NotADatabaseError
from altmount.db.jobs import JobRepository
from altmount.errors import InvalidRequestError

SECRET = "s3cret"


@pytest.fixture
def db(tmp_path, capsys, monkeypatch):
    """Runs ``altmount db`` for a database; the exit code, and what was said."""
    monkeypatch.chdir(tmp_path)

    async def run(address, *words):
        where = {"ALTMOUNT_DATABASE__PATH": str(tmp_path / "never.db")}
        where["ALTMOUNT_DATABASE__URL"] = url_of(address)
        settings = load_settings(tmp_path / "none.yaml", where).settings
        code = await dbcommand.run(settings, build_parser().parse_args(["db", *map(str, words)]))
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def url_of(address):
    if not isinstance(address, PostgresAddress):
        return str(address)
    return address.conninfo.replace("altmount@", f"altmount:{SECRET}@")


async def test_a_database_is_made_checked_and_found_at_its_newest(db, fresh_address):
    code, said = await db(fresh_address, "check")
    assert (code, "there is nothing in" in said) == (1, True), said
    code, said = await db(fresh_address, "upgrade")
    assert (code, "from nothing" in said) == (0, True), said
    code, said = await db(fresh_address, "check")
    assert (code, "is sound" in said) == (0, True), said
    code, said = await db(fresh_address, "upgrade")
    assert (code, "at its newest revision" in said) == (0, True), said
    assert SECRET not in said


async def test_a_library_goes_to_another_database_and_back(db, fresh_address, tmp_path):
    async with Database.open(tmp_path / "first.db") as database:
        await JobRepository(database).add("a" * 32, "moves", None)
    code, said = await db(tmp_path / "first.db", "copy", url_of(fresh_address))
    assert code == 0
    assert "1 jobs" in said
    assert "is as it was" in said
    assert "have database.url name that one" in said
    assert SECRET not in said
    code, said = await db(tmp_path / "gone.db", "copy", "back.db", "--from", url_of(fresh_address))
    assert (code, "database.url" in said) == (0, False), said
    async with Database.open(tmp_path / "back.db") as database:
        assert [job.name for job in await JobRepository(database).list()] == ["moves"]


async def test_a_database_in_use_is_checked_and_not_copied(db, fresh_address):
    async with Database.open(fresh_address):
        assert (await db(fresh_address, "check"))[0] == 0
        for words in (["copy", "other.db"], ["upgrade"]):
            with pytest.raises(DatabaseInUseError, match="stop that first"):
                await db(fresh_address, *words)


async def test_beside_another_programs_database_ours_is_checked_and_copied(db, tmp_path, capsys):
    theirs = tmp_path / "altmount.db"
    with closing(sqlite3.connect(theirs)) as connection:
        connection.execute("CREATE TABLE import_queue (id INTEGER)")
    assert (await db(theirs, "upgrade"))[0] == 0
    assert (await db(theirs, "check"))[0] == 0
    code, said = await db(theirs, "copy", "other.db")
    assert (code, "altmount-index.db was copied" in said) == (0, True), said


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"my diary", "is not a database; move it away or name another file"),
        (
            b"SQLite format 3\0" + bytes(5000),
            "is damaged .* move it away and run `altmount rebuild`",
        ),
    ],
)
async def test_what_is_no_database_is_not_touched_whatever_is_asked_for(db, tmp_path, data, said):
    path = tmp_path / "altmount.db"
    path.write_bytes(data)
    for words in (["check"], ["upgrade"], ["copy", "other.db"]):
        with pytest.raises(NotADatabaseError, match=said):
            await db(path, *words)
    assert path.read_bytes() == data
    assert not (tmp_path / "other.db").exists()


async def test_an_address_that_makes_no_sense_is_refused_without_its_password(db, tmp_path):
    async with Database.open(tmp_path / "first.db"):
        pass
    with pytest.raises(InvalidRequestError) as caught:
        await db(tmp_path / "first.db", "copy", f"mysql://me:{SECRET}@host/name")
    assert SECRET not in str(caught.value)
