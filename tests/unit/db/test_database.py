from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest
from sqlalchemy import insert, select, text, update

from altmount.db.database import Database
from altmount.db.errors import (
    ConflictError,
    DatabaseError,
    DatabaseInUseError,
    DatabaseUnavailableError,
    NotADatabaseError,
    OutdatedDatabaseError,
    UnfitValueError,
)
from altmount.db.jobs import JobRepository
from altmount.db.schema import jobs
from altmount.db.schema import nodes as folders
from tests.support.sweep import cancel_at_every_step


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "altmount.db"


@pytest.fixture
async def in_a_file(path):
    async with Database.open(path) as database:
        yield database


async def names(database):
    return {row.name for row in await database.fetch(select(jobs.c.name))}


async def test_what_was_committed_is_there_the_next_time(fresh_address):
    async with Database.open(fresh_address) as database:
        await JobRepository(database).add("a" * 32, "first", None)
    async with Database.open(fresh_address) as database:
        assert await names(database) == {"first"}


async def test_a_commit_is_on_the_disk_for_good_and_readers_do_not_wait_for_it(in_a_file):
    async with in_a_file.transaction() as session:
        [[synchronous]] = await session.fetch(text("PRAGMA synchronous"))
        [[mode]] = await session.fetch(text("PRAGMA journal_mode"))
        [[keys]] = await session.fetch(text("PRAGMA foreign_keys"))
    assert (synchronous, mode, keys) == (2, "wal", 1)


async def test_a_current_database_opens_without_the_migration_machinery(path):
    async with Database.open(path):
        pass
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from altmount.db.database import Database\n"
        "async def main():\n"
        "    async with Database.open(Path(sys.argv[1])):\n"
        "        print('alembic' in sys.modules)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    run = await asyncio.to_thread(
        subprocess.run, command, check=True, capture_output=True, text=True
    )
    assert run.stdout.strip() == "False"


def test_importing_the_package_loads_no_driver():
    program = (
        "import sys, altmount.db, altmount.db.errors, altmount.db.lock\n"
        "print({'sqlalchemy', 'alembic'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert run.stdout.strip() == "set()"


async def test_an_error_undoes_the_whole_transaction(database):
    repository = JobRepository(database)
    await repository.add("a" * 32, "first", None)
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as session:
            await session.fetch(update(jobs).values(name="changed"))
            raise ZeroDivisionError
    assert await names(database) == {"first"}
    await repository.add("b" * 32, "second", None)
    assert await names(database) == {"first", "second"}


async def test_readers_see_a_transaction_when_it_is_done(database):
    await JobRepository(database).add("a" * 32, "before", None)
    async with database.transaction() as session:
        await session.fetch(update(jobs).values(name="after"))
        assert await names(database) == {"before"}
    assert await names(database) == {"after"}


async def test_transactions_come_one_after_the_other(database):
    await JobRepository(database).add("a" * 32, "x", None)

    async def append(letter):
        async with database.transaction() as session:
            [[name]] = await session.fetch(select(jobs.c.name))
            await session.fetch(update(jobs).values(name=name + letter))

    async with asyncio.TaskGroup() as group:
        for letter in "abcdefgh":
            group.create_task(append(letter))
    assert await names(database) == {"xabcdefgh"}


async def test_many_read_at_once(database):
    await JobRepository(database).add("a" * 32, "x", None)
    async with asyncio.TaskGroup() as group:
        reads = [group.create_task(names(database)) for _ in range(20)]
    assert all(read.result() == {"x"} for read in reads)


async def test_a_constraint_is_a_conflict(database):
    with pytest.raises(ConflictError):
        async with database.transaction() as session:
            await session.fetch(insert(folders), [{"id": "a", "parent": "nowhere"}])
    assert await database.fetch(select(folders.c.id).where(folders.c.id == "a")) == []


async def test_what_a_database_has_no_room_for_is_the_fault_of_who_gave_it(database):
    if database.name.startswith("postgresql"):
        with pytest.raises(UnfitValueError, match="NUL"):
            await JobRepository(database).add("a" * 32, "with a \0 in it", None)
    with pytest.raises((UnfitValueError, DatabaseUnavailableError, OverflowError)):
        async with database.transaction() as session:
            await session.fetch(update(jobs).values(size=1 << 80))
    await JobRepository(database).add("a" * 32, "whole", None)
    assert await names(database) == {"whole"}


async def test_reading_changes_nothing(database):
    with pytest.raises(DatabaseUnavailableError, match=r"read-?only"):
        await database.fetch(text("DELETE FROM jobs"))


async def test_a_full_disk_fails_for_now_and_undoes_the_transaction(in_a_file):
    database = in_a_file
    repository = JobRepository(database)
    await repository.add("a" * 32, "kept", None)
    async with database.transaction() as session:
        [[pages]] = await session.fetch(text("PRAGMA page_count"))
        await session.fetch(text(f"PRAGMA max_page_count = {pages + 2}"))
    with pytest.raises(DatabaseUnavailableError, match="full"):
        async with database.transaction() as session:
            await session.fetch(update(jobs).values(name="lost"))
            await session.fetch(update(jobs).values(message="x" * 100_000))
    assert await names(database) == {"kept"}
    await repository.add("b" * 32, "short", None)
    assert await names(database) == {"kept", "short"}


async def test_wherever_it_is_cancelled_no_transaction_stays_open(database):
    await JobRepository(database).add("a" * 32, "0 0", None)
    seen = set()

    async def count():
        async with database.transaction() as session:
            [[name]] = await session.fetch(select(jobs.c.name))
            first = int(name.split()[0]) + 1
            await session.fetch(update(jobs).values(name=f"{first} {name.split()[1]}"))
            await session.fetch(update(jobs).values(name=f"{first} {first}"))

    async def check():
        assert database._engine._writer.pool.checkedout() == 0
        async with asyncio.timeout(5), database.transaction() as session:
            [[name]] = await session.fetch(select(jobs.c.name))
        first, second = name.split()
        assert first == second
        seen.add(int(first))

    assert await cancel_at_every_step(count, check) > 5
    assert {0, 1} <= seen


async def test_wherever_it_is_cancelled_a_reader_gives_its_connection_back(database):
    async def read():
        await database.fetch(select(jobs.c.name))

    async def check():
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(names(database))

    assert await cancel_at_every_step(read, check) > 1


async def test_wherever_making_it_is_cancelled_it_can_be_opened_again(path):
    async def open_and_close():
        async with Database.open(path):
            pass

    async def check():
        async with Database.open(path) as database:
            assert await names(database) == set()
        path.unlink()

    assert await cancel_at_every_step(open_and_close, check, growing=True) > 5


async def test_wherever_opening_is_cancelled_it_can_be_opened_again(address):
    async def open_and_close():
        async with Database.open(address):
            pass

    async def check():
        async with Database.open(address) as database:
            assert await names(database) == set()

    assert await cancel_at_every_step(open_and_close, check, growing=True) > 5


async def test_one_process_has_it_and_another_is_told_which(address):
    async with Database.open(address):
        with pytest.raises(DatabaseInUseError, match=rf"in use by .*{os.getpid()}"):
            async with Database.open(address):
                pass
    async with Database.open(address) as database:
        assert await names(database) == set()


async def test_who_only_looks_does_so_beside_the_one_who_has_it(address):
    async with Database.open(address) as database, Database.look(address) as other:
        await JobRepository(database).add("a" * 32, "seen", None)
        assert await names(other) == {"seen"}
        with pytest.raises(DatabaseUnavailableError, match=r"read-?only"):
            await other.fetch(text("DELETE FROM jobs"))


async def test_who_only_looks_leaves_nothing_behind(path):
    async with Database.open(path) as database:
        await JobRepository(database).add("a" * 32, "seen", None)
    before = path.read_bytes()
    async with Database.look(path) as other:
        assert await names(other) == {"seen"}
        with pytest.raises(DatabaseUnavailableError, match=r"read-?only"):
            await other.fetch(text("DELETE FROM jobs"))
    assert {file.name for file in path.parent.iterdir()} == {path.name, f"{path.name}.lock"}
    assert path.read_bytes() == before


async def test_who_only_looks_makes_nothing(fresh_address, tmp_path):
    with pytest.raises(OutdatedDatabaseError, match="upgrade"):
        async with Database.look(fresh_address):
            pass
    assert list(tmp_path.iterdir()) == []


async def test_a_folder_that_cannot_be_made_is_said_so(tmp_path):
    tmp_path.joinpath("file").write_text("in the way")
    with pytest.raises(DatabaseUnavailableError, match="cannot make"):
        async with Database.open(tmp_path / "file" / "altmount.db"):
            pass


async def test_a_damaged_database_is_said_so(path):
    async with Database.open(path) as database:
        for number in range(20):
            await JobRepository(database).add(f"{number:032}", "x" * 1000, None)
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * len(data[4096:])
    path.write_bytes(data)
    with pytest.raises(NotADatabaseError, match="damaged"):
        async with Database.open(path):
            pass
    assert path.read_bytes() == data


async def test_damage_that_shows_later_is_said_so_too(path):
    async with Database.open(path) as database:
        await JobRepository(database).add("a" * 32, "x", None)
        [[page]] = await database.fetch(
            text("SELECT rootpage FROM sqlite_master WHERE name = 'jobs'")
        )
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    path.write_bytes(data)
    async with Database.open(path) as database:
        with pytest.raises(DatabaseError, match="damaged"):
            await names(database)
