"""What is particular to SQLite: how a file is looked at, copied, and connected to."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import aiosqlite
from sqlalchemy import URL, Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from altmount.db.errors import (
    DatabaseUnavailableError,
    ForeignDatabaseError,
    NotADatabaseError,
)

_MAGIC = b"SQLite format 3\0"

_BUSY_MILLISECONDS = 5000
"""How long a statement waits for another program that looks into the file."""

# In WAL mode a commit with synchronous=NORMAL may be lost when the power fails. A job that was
# accepted, and files that were announced, must not be.
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}",
)


async def revision_of(path: Path) -> str | None:
    """The revision that a database file is at; ``None`` if it is empty or not there.

    Nothing is written.

    Raises:
        NotADatabaseError: It is not one of this program's.
        DatabaseUnavailableError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DatabaseUnavailableError(f"cannot read {path}: {error.strerror}") from error
    if not start:
        return None
    if start != _MAGIC:
        raise NotADatabaseError(f"{path} is not a database; move it away or name another file")
    try:
        async with aiosqlite.connect(f"file:{quote(str(path))}?mode=ro", uri=True) as connection:
            found = await connection.execute_fetchall("SELECT name FROM sqlite_master")
            tables = {row[0] for row in found}
            if not tables:
                return None
            if not {"alembic_version", "nodes"} <= tables:
                raise ForeignDatabaseError(
                    f"{path} is the database of another program; name another file"
                )
            rows = await connection.execute_fetchall("SELECT version_num FROM alembic_version")
            return str(next(iter(rows))[0])
    except aiosqlite.OperationalError as error:
        raise DatabaseUnavailableError(f"cannot read {path}: {error}") from error
    except (aiosqlite.DatabaseError, StopIteration) as error:
        raise NotADatabaseError(
            f"{path} is damaged ({error}); move it away and run `altmount rebuild`"
        ) from error


async def keep_copy(path: Path, copy: Path) -> None:
    """Write a copy of a database, whole or not at all.

    Raises:
        DatabaseUnavailableError: There is no room for it, or no right to write it.
    """
    part = copy.with_name(f"{copy.name}.part")
    try:
        part.unlink(missing_ok=True)
        async with aiosqlite.connect(f"file:{quote(str(path))}?mode=ro", uri=True) as connection:
            await connection.execute("VACUUM INTO ?", (str(part),))
        file = os.open(part, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
        part.replace(copy)
    except (OSError, aiosqlite.Error) as error:
        part.unlink(missing_ok=True)
        raise DatabaseUnavailableError(
            f"cannot keep a copy of the database at {copy}, so it was not migrated: {error}"
        ) from error


def writer(path: Path) -> AsyncEngine:
    """Transactions on one connection, each the only writer from its start."""
    engine = create_async_engine(_url(path), pool_size=1, max_overflow=0)
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def readers(path: Path, count: int) -> AsyncEngine:
    """Statements outside transactions, up to ``count`` at once."""
    engine = create_async_engine(
        _url(path),
        isolation_level="AUTOCOMMIT",
        pool_size=count,
        max_overflow=0,
        pool_reset_on_return=None,
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "connect", _forbid_writing)
    return engine


def _url(path: Path) -> URL:
    return URL.create("sqlite+aiosqlite", database=str(path))


def _prepare(connection: DBAPIConnection, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing on its own: see _begin
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _forbid_writing(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later could find the file changed in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
