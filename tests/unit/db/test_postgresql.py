from __future__ import annotations

import asyncio

import psycopg
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from altmount.db.address import PostgresAddress
from altmount.db.database import Database
from altmount.db.errors import (
    DatabaseInUseError,
    DatabaseUnavailableError,
    ForeignDatabaseError,
    NotADatabaseError,
)
from altmount.db.jobs import JobRepository
from altmount.db.postgresql import PostgresServer
from altmount.db.schema import jobs
from altmount.errors import InvalidRequestError
from tests.support.postgresql import server as a_server


@pytest.fixture
def dsn(postgresql, postgresql_template):
    dsn = postgresql.database(postgresql_template)
    yield dsn
    postgresql.drop(dsn)


@pytest.fixture
def empty(postgresql):
    dsn = postgresql.database()
    yield dsn
    postgresql.drop(dsn)


@pytest.fixture(scope="module")
def own():
    """A server that a test may kill."""
    with a_server() as server:
        yield server


async def names(database):
    return {row.name for row in await database.fetch(select(jobs.c.name))}


def hang_up(server, dsn):
    """End all conversations about a database, as a restart does."""
    name = dsn.partition("?")[0].rpartition("/")[2]
    server.execute(
        server.dsn("postgres"),
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'",
    )


async def test_a_server_that_was_started_anew_in_between_is_not_noticed(dsn, postgresql):
    async with Database.open(PostgresAddress(dsn)) as database:
        await JobRepository(database).add("a" * 32, "before", None)
        assert await names(database) == {"before"}
        hang_up(postgresql, dsn)
        assert await names(database) == {"before"}
        hang_up(postgresql, dsn)
        await JobRepository(database).add("b" * 32, "after", None)
        assert await names(database) == {"before", "after"}
        with pytest.raises(DatabaseInUseError):
            async with Database.open(PostgresAddress(dsn)):
                pass


async def test_a_transaction_whose_server_goes_away_fails_whole(dsn, postgresql):
    async with Database.open(PostgresAddress(dsn)) as database:
        await JobRepository(database).add("a" * 32, "before", None)
        with pytest.raises(DatabaseUnavailableError, match="the database fails"):
            async with database.transaction() as session:
                await session.fetch(update(jobs).values(name="half"))
                hang_up(postgresql, dsn)
                await session.fetch(update(jobs).values(message="half"))
        with pytest.raises(DatabaseUnavailableError, match="the database fails"):
            async with database.transaction() as session:
                await session.fetch(update(jobs).values(name="half"))
                hang_up(postgresql, dsn)
        assert await names(database) == {"before"}
        await JobRepository(database).add("b" * 32, "after", None)
        assert await names(database) == {"before", "after"}


async def test_while_a_server_is_dead_everything_fails_at_once_and_then_goes_on(own):
    dsn = own.database()
    async with Database.open(PostgresAddress(dsn)) as database:
        repository = JobRepository(database)
        await repository.add("a" * 32, "before", None)
        own.kill()
        try:
            async with asyncio.timeout(10):
                for _ in range(3):
                    with pytest.raises(DatabaseUnavailableError):
                        await names(database)
                    with pytest.raises(DatabaseUnavailableError):
                        await repository.add("b" * 32, "lost", None)
        finally:
            own.start()
        assert await names(database) == {"before"}
        await repository.add("c" * 32, "after", None)
        assert await names(database) == {"before", "after"}


async def test_who_lost_the_database_to_another_writes_no_more(dsn, postgresql):
    address = PostgresAddress(dsn)
    async with Database.open(address) as first:
        hang_up(postgresql, dsn)
        async with Database.open(address) as second:
            await JobRepository(second).add("a" * 32, "by the second", None)
            with pytest.raises(DatabaseInUseError, match="in use by altmount"):
                await JobRepository(first).add("b" * 32, "by the first", None)
            assert await names(first) == {"by the second"}
        await JobRepository(first).add("b" * 32, "by the first", None)


async def test_a_lost_connection_of_our_own_does_not_keep_us_out(dsn, postgresql):
    engine = PostgresServer(PostgresAddress(dsn))
    lost = psycopg.connect(dsn, application_name=engine._own, autocommit=True)
    lost.execute(f"SELECT pg_advisory_lock({0x616C746D}, hashtext('public'))")
    await engine.take()
    with pytest.raises(psycopg.OperationalError):
        lost.execute("SELECT 1")
    lost.close()
    await engine.close()


async def test_who_leaves_lets_go_before_it_hangs_up(dsn, postgresql, monkeypatch):
    """For the server ends a session only some time after its connection."""
    real, held = AsyncEngine.dispose, []

    async def dispose(self):
        locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        held.extend(postgresql.execute(dsn, locks))
        await real(self)

    engine = PostgresServer(PostgresAddress(dsn))
    await engine.take()
    monkeypatch.setattr(AsyncEngine, "dispose", dispose)
    await engine.close()
    assert held == [(0,), (0,)]


async def test_two_schemas_are_two_databases(empty, postgresql):
    postgresql.execute(empty, "CREATE SCHEMA other")
    there = PostgresAddress(f"{empty}&options=-csearch_path%3Dother")
    async with Database.open(PostgresAddress(empty)) as one, Database.open(there) as two:
        await JobRepository(one).add("a" * 32, "one", None)
        await JobRepository(two).add("b" * 32, "two", None)
        assert (await names(one), await names(two)) == ({"one"}, {"two"})


async def test_only_so_many_connections_are_made(dsn, postgresql):
    async with Database.open(PostgresAddress(dsn)) as database:
        async with asyncio.TaskGroup() as group:
            for _ in range(50):
                group.create_task(database.fetch(text("SELECT pg_sleep(0.01)")))
        name = dsn.partition("?")[0].rpartition("/")[2]
        [[number]] = await database.fetch(
            text(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'")
        )
        assert number == 5


async def test_no_statement_and_no_wait_is_without_end(dsn):
    shown = "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"
    async with Database.open(PostgresAddress(dsn)) as database:
        for name in shown:
            [[value]] = await database.fetch(text(f"SHOW {name}"))
            assert value != "0"
        async with database.transaction() as session:
            await session.fetch(text("SET LOCAL statement_timeout = 5"))
            with pytest.raises(DatabaseUnavailableError, match="statement timeout"):
                await session.fetch(text("SELECT pg_sleep(10)"))


async def test_what_the_owner_says_of_reaching_a_server_counts(tmp_path):
    engine = PostgresServer(PostgresAddress("postgresql://me:SECRET@db:5433/x?connect_timeout=3"))
    assert engine._params["connect_timeout"] == "3"
    assert engine._params["tcp_user_timeout"] == "30000"
    assert engine.name == "postgresql://me@db:5433/x"
    await engine.close()


@pytest.mark.parametrize(
    ("conninfo", "message"),
    [
        ("postgresql://me:SECRET@127.0.0.1:1/x", "refused"),
        ("host=/nowhere user=me password=SECRET", "No such file"),
    ],
)
async def test_a_server_that_cannot_be_reached_is_said_so_without_the_password(conninfo, message):
    with pytest.raises(DatabaseUnavailableError, match=message) as caught:
        async with Database.open(PostgresAddress(conninfo)):
            pass
    assert "SECRET" not in str(caught.value)


def test_an_address_that_makes_no_sense_is_not_quoted():
    with pytest.raises(InvalidRequestError, match="makes no sense") as caught:
        PostgresServer(PostgresAddress("postgresql://me:SECRET@[host/"))
    assert "SECRET" not in f"{caught.value!r}"
    assert caught.value.__suppress_context__


async def test_a_login_that_is_refused_is_said_so(postgresql):
    dsn = postgresql.dsn("postgres").replace("altmount@", "nobody@")
    with pytest.raises(DatabaseUnavailableError, match='role "nobody" does not exist'):
        async with Database.open(PostgresAddress(dsn)):
            pass


async def test_a_database_of_another_program_is_left_alone(empty, postgresql):
    postgresql.execute(empty, "CREATE TABLE goose_db_version (id int)")
    with pytest.raises(ForeignDatabaseError, match=r"another program.*createdb"):
        async with Database.open(PostgresAddress(empty)):
            pass
    tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    assert postgresql.execute(empty, tables) == [("goose_db_version",)]


async def test_a_database_without_a_revision_is_damaged(dsn, postgresql):
    postgresql.execute(dsn, "DELETE FROM alembic_version")
    with pytest.raises(NotADatabaseError, match=r"damaged.*restore"):
        async with Database.open(PostgresAddress(dsn)):
            pass


async def test_a_database_that_cannot_keep_all_names_is_refused(postgresql):
    dsn = postgresql.database(encoding="LATIN1", locale="'C'")
    with pytest.raises(NotADatabaseError, match=r"LATIN1.*UTF8"):
        async with Database.open(PostgresAddress(dsn)):
            pass
    dsn = f"{postgresql.database()}&options=-csearch_path%3Dnowhere"
    with pytest.raises(NotADatabaseError, match="no schema"):
        async with Database.open(PostgresAddress(dsn)):
            pass


async def test_what_the_server_knows_to_be_wrong_is_found(dsn, postgresql):
    engine = PostgresServer(PostgresAddress(dsn))
    assert await engine.inspect() == []
    postgresql.execute(
        dsn, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_nodes_local'::regclass"
    )
    postgresql.execute(
        dsn, "ALTER TABLE properties ADD CONSTRAINT short CHECK (name <> '') NOT VALID"
    )
    postgresql.execute(dsn, "CREATE VIEW broken AS SELECT 1 / 0 AS x")
    assert await engine.inspect() == [
        "the index ix_nodes_local is not valid; REINDEX it",
        "the constraint short is not checked; VALIDATE it",
    ]
    await engine.close()
