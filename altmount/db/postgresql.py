"""What is particular to PostgreSQL: reaching a server, and having a database for oneself."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, exc, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from altmount.db import pgcatalog
from altmount.db.address import PostgresAddress
from altmount.db.connection import Rows, Values, fetched
from altmount.db.errors import (
    DatabaseInUseError,
    DatabaseUnavailableError,
    DriverMissingError,
    ForeignDatabaseError,
    NotADatabaseError,
)
from altmount.db.looped import LoopAccess
from altmount.db.pgdump import dump
from altmount.db.revisions import Revisions
from altmount.errors import InvalidRequestError

try:
    import psycopg
    from psycopg import AsyncConnection
    from psycopg.conninfo import conninfo_to_dict, make_conninfo
except ImportError as error:
    raise DriverMissingError(
        f"PostgreSQL cannot be used ({error}): pip install 'altmount[postgresql]'"
    ) from error

T = TypeVar("T")

_READERS = 4
_POOL_SECONDS = 10.0
"""How long a statement waits for a free connection."""

_PARTING_SECONDS = 2.0
"""How long a server is given to hear that it is left."""

_OLDEST = 130000
"""The oldest server that is taken, as servers number themselves."""

_LOCK = 0x616C746D
"""The first key of the advisory lock; the second is the schema."""

_TRIES = 20
"""How often a lock is tried that a connection of this very process, now lost, may still hold."""

# What a lost network must not do: leave a statement waiting for ever here, or a session that
# holds the lock there. libpq's own words; whoever gives others in the address has them.
_REACHING = {
    "connect_timeout": "10",
    "tcp_user_timeout": "30000",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "client_encoding": "UTF8",
}
_SESSION = {
    "synchronous_commit": "on",  # whatever the server's: a job that was accepted is not lost
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "5min",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "timezone": "UTC",
}

_HOLDERS = """
    SELECT a.pid, a.application_name, coalesce(host(a.client_addr), 'the same host')
    FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %s
      AND l.objid::bigint = coalesce(hashtext(current_schema()), 0)::bigint & 4294967295
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class PostgresServer:
    """A database of a PostgreSQL server.

    The writer's connection holds an advisory lock, if this was taken: whatever is written with it
    is written by the one process that has it. When the connection is lost the lock is lost with
    it, and the next connection has to get it first.
    """

    backup_suffix = ".dump"
    snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"

    def __init__(self, address: PostgresAddress) -> None:
        try:
            given = conninfo_to_dict(address.conninfo)
        except psycopg.Error:
            # Not quoted, nor chained: it may hold a password.
            raise InvalidRequestError(
                "the address of the PostgreSQL database makes no sense; it is"
                " postgresql://user:password@host:port/name"
            ) from None
        self._own = f"altmount {socket.gethostname()}:{os.getpid()} {secrets.token_hex(4)}"[:63]
        self._params: dict[str, Any] = {**_REACHING, **given, "application_name": self._own}
        self._conninfo = make_conninfo(**self._params)
        self.name = _shown(given)
        self._taken = False
        self._holding: AsyncConnection[Any] | None = None
        self._writer = self._engine(1, self._connect_writer, pool_pre_ping=True)
        self._readers = self._engine(_READERS, self._connect_reader, isolation_level="AUTOCOMMIT")

    async def take(self) -> None:
        """Take the lock. It is held until the writer's connection ends."""
        self._taken = True
        with self._told():
            async with self._writer.connect():
                pass

    def writing(self) -> LoopAccess:
        """A transaction on the connection that holds the lock."""
        return LoopAccess(self._writer.connect(), transaction=True)

    def reading(self) -> LoopAccess:
        """One of a few connections that read."""
        return LoopAccess(self._readers.connect(), transaction=False)

    async def read(self, statement: Executable, values: Values = None) -> Rows:
        """Read on one of them; once more if a server that was started anew has forgotten it."""
        try:
            return await self._read(statement, values)
        except exc.DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return await self._read(statement, values)

    async def _read(self, statement: Executable, values: Values) -> Rows:
        async with self._readers.connect() as connection:
            return await connection.run_sync(fetched, statement, values)

    async def revision(self) -> str | None:
        """The revision that the database is at."""
        with self._told():
            async with self._connected() as connection:
                await self._see_that_it_will_do(connection)
                tables = {row[0] for row in await _rows(connection, pgcatalog.TABLES)}
                if not tables:
                    return None
                if not {"alembic_version", "nodes"} <= tables:
                    raise ForeignDatabaseError(
                        f"{self.name} has the tables of another program; make a database for"
                        " altmount alone (createdb altmount) and name that"
                    )
                versions = await _rows(connection, "SELECT version_num FROM alembic_version")
        if len(versions) != 1:
            raise NotADatabaseError(
                f"{self.name} is damaged (it has {len(versions)} revisions); restore a backup"
            )
        return str(versions[0][0])

    async def keep_copy(self, copy: Path) -> None:
        """Have ``pg_dump`` write all to a file, for ``pg_restore``."""
        with self._told():
            async with self._connected() as connection:
                [[schema]] = await _rows(connection, "SELECT current_schema()")
        params = {key: str(value) for key, value in self._params.items()}
        secret = params.pop("password", None)
        params.pop("sslpassword", None)
        await dump(make_conninfo(**params), secret, schema, copy)

    def migrate(self, connection: Connection, revisions: Revisions) -> None:
        """Bring the database to the newest revision, in as long as it takes."""
        for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(text(f"SET LOCAL {name} = 0"))
        revisions.migrate(connection)
        pgcatalog.collate(connection)

    def numbers(self, connection: Connection) -> dict[str, int]:
        """The last numbers of all tables whose rows are numbered."""
        return pgcatalog.numbers(connection)

    def go_on_from(self, connection: Connection, numbers: Mapping[str, int]) -> None:
        """Have the next number of each table be above what was given, and what is there."""
        pgcatalog.go_on_from(connection, numbers)

    async def look(self, work: Callable[[Connection], T]) -> T:
        """Do something with a connection that only reads."""
        connection = self.reading()
        try:
            await connection.open()
            return await connection.run(work)
        finally:
            await connection.close()

    async def inspect(self) -> list[str]:
        """What the server knows to be wrong, and tables that cannot be read to their end."""
        with self._told():
            async with self._connected() as connection:
                found = [str(row[0]) for row in await _rows(connection, pgcatalog.UNSOUND)]
                tables = await _rows(connection, pgcatalog.TABLES)
                for [table] in tables:
                    # As text, every value is taken out of wherever it is kept.
                    read = f"SELECT sum(length(t::text)) FROM {table} AS t"  # noqa: S608 - quoted
                    try:
                        await _rows(connection, read)
                    except (psycopg.InternalError, psycopg.DataError) as error:
                        found.append(f"{table} cannot be read: {_line(error)}")
        return found

    async def close(self) -> None:
        """Let go of the lock, and close all connections."""
        # The server ends a session some time after its connection: who comes next would be told
        # that the database is in use.
        if self._holding is not None and not self._holding.closed:
            with suppress(psycopg.Error, TimeoutError):
                async with asyncio.timeout(_PARTING_SECONDS):
                    await _rows(self._holding, "SELECT pg_advisory_unlock_all()")
        await self._writer.dispose()
        await self._readers.dispose()

    def _engine(self, size: int, connect: Any, **options: Any) -> AsyncEngine:  # noqa: ANN401 - SQLAlchemy's
        return create_async_engine(
            "postgresql+psycopg://",
            async_creator=connect,
            pool_size=size,
            max_overflow=0,
            pool_timeout=_POOL_SECONDS,
            **options,
        )

    async def _connect_writer(self) -> AsyncConnection[Any]:
        connection = await self._connect()
        if self._taken:
            await _or_close(connection, self._lock)
            self._holding = connection
        return connection

    async def _connect_reader(self) -> AsyncConnection[Any]:
        connection = await self._connect()
        await _or_close(connection, partial(_set, {"default_transaction_read_only": "on"}))
        return connection

    async def _connect(self) -> AsyncConnection[Any]:
        connection = await AsyncConnection.connect(self._conninfo)
        await _or_close(connection, partial(_set, _SESSION))
        return connection

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection[Any]]:
        connection = await self._connect_reader()
        try:
            await connection.set_autocommit(True)
            yield connection
        finally:
            await connection.close()

    async def _see_that_it_will_do(self, connection: AsyncConnection[Any]) -> None:
        [[version, encoding, schema]] = await _rows(
            connection,
            "SELECT current_setting('server_version_num')::int,"
            " pg_encoding_to_char(encoding), current_schema()"
            " FROM pg_database WHERE datname = current_database()",
        )
        if version < _OLDEST:
            raise NotADatabaseError(
                f"{self.name} is of PostgreSQL {version // 10000}; {_OLDEST // 10000} or newer it"
                " must be"
            )
        if encoding != "UTF8":
            raise NotADatabaseError(
                f"{self.name} keeps texts as {encoding}, which has no room for all names; make"
                " one with ENCODING 'UTF8'"
            )
        if schema is None:
            raise NotADatabaseError(
                f"{self.name} has no schema that new tables go to (search_path); make it first"
            )

    async def _lock(self, connection: AsyncConnection[Any]) -> None:
        """Take the lock, from a lost connection of this process too."""
        wanted = "SELECT pg_try_advisory_lock(%s, coalesce(hashtext(current_schema()), 0))"
        for _ in range(_TRIES):
            [[locked]] = await _rows(connection, wanted, _LOCK)
            if locked:
                await connection.commit()
                return
            holders = await _rows(connection, _HOLDERS, _LOCK)
            lost = [row[0] for row in holders if row[1] == self._own]
            if holders and not lost:
                break
            for pid in lost:
                await _rows(connection, "SELECT pg_terminate_backend(%s)", pid)
            await _rows(connection, "SELECT pg_sleep(0.1)")
        said = [f"{name or 'a program without a name'} on {host}" for _, name, host in holders]
        raise DatabaseInUseError(
            f"{self.name} is in use by {', '.join(said) or 'another process'}; stop that first"
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise DatabaseUnavailableError(f"cannot use {self.name}: {_line(error)}") from error


async def _or_close(connection: AsyncConnection[Any], prepare: Any) -> None:  # noqa: ANN401 - any coroutine function
    try:
        await prepare(connection)
    except BaseException:
        await connection.close()
        raise


async def _set(settings: dict[str, str], connection: AsyncConnection[Any]) -> None:
    calls = ", ".join(["set_config(%s, %s, false)"] * len(settings))
    values = [part for pair in settings.items() for part in pair]
    await _rows(connection, f"SELECT {calls}", *values)
    await connection.commit()


async def _rows(
    connection: AsyncConnection[Any], statement: str, *values: object
) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(statement.encode(), values)
    return await cursor.fetchall()


def _shown(given: dict[str, Any]) -> str:
    """An address without what is secret in it."""
    user, host = given.get("user"), given.get("host") or given.get("hostaddr") or ""
    port = f":{given['port']}" if given.get("port") else ""
    who = f"{user}@" if user else ""
    where = f"[{host}]" if host.startswith("/") else host
    return f"postgresql://{who}{where}{port}/{given.get('dbname') or ''}"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
