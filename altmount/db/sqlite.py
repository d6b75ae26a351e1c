"""What is particular to SQLite: how a file is kept to oneself, looked at, copied, connected to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import aiosqlite
from sqlalchemy import URL, Connection, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from altmount.db.errors import (
    BackupError,
    DatabaseUnavailableError,
    ForeignDatabaseError,
    NotADatabaseError,
)
from altmount.db.lock import exclusive
from altmount.db.revisions import Revisions
from altmount.db.schema import metadata

_MAGIC = b"SQLite format 3\0"

_READERS = 2

_BUSY_MILLISECONDS = 5000
"""How long a statement waits for another program that looks into the file."""

_MOST_SAID = 20
"""How many findings of an inspection are told."""

_REMEDY = "move it away and run `altmount rebuild`, or put a backup of it in its place"

_PATIENCE = f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}"

# In WAL mode a commit with synchronous=NORMAL may be lost when the power fails. A job that was
# accepted, and files that were announced, must not be.
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    _PATIENCE,
)


_LAST = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
_RAISE = text("UPDATE sqlite_sequence SET seq = max(seq, :number) WHERE name = :table")
_BEGIN_AT = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :number)")


class SqliteFile:
    """A file of SQLite. One process works with it at a time, and one transaction."""

    backup_suffix = ".db"
    snapshot = "BEGIN"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self.writer = _writer(path)
        self.readers = _readers(path)
        self._held = ExitStack()

    async def take(self) -> None:
        """Keep other processes away; the folder is made if need be."""
        folder = self.path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnavailableError(f"cannot make {folder}: {error.strerror}") from error
        self._held.enter_context(exclusive(self.path.with_name(f"{self.path.name}.lock")))

    async def revision(self) -> str | None:
        """The revision that the file is at."""
        path = self.path
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
            async with self._looking() as connection:
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
            raise _unreadable(path, error) from error
        except (aiosqlite.DatabaseError, StopIteration) as error:
            raise NotADatabaseError(f"{path} is damaged ({error}); {_REMEDY}") from error

    async def keep_copy(self, copy: Path) -> None:
        """Write a copy that can be put in the place of the file."""
        part = copy.with_name(f"{copy.name}.part")
        try:
            part.unlink(missing_ok=True)
            async with self._looking() as connection:
                # As SQLite's backup API, it sees one moment of the file whoever writes beside it.
                await connection.execute("VACUUM INTO ?", (str(part),))
            file = os.open(part, os.O_RDONLY)
            try:
                os.fsync(file)
            finally:
                os.close(file)
            part.replace(copy)
        except (OSError, aiosqlite.Error) as error:
            part.unlink(missing_ok=True)
            raise BackupError(f"cannot keep a copy of the database at {copy}: {error}") from error

    def migrate(self, connection: Connection, revisions: Revisions) -> None:
        """Bring the file to the newest revision."""
        revisions.migrate(connection)

    def numbers(self, connection: Connection) -> dict[str, int]:
        """The last numbers of tables that give none twice."""
        return {
            table: connection.execute(_LAST, {"table": table}).scalar() or 0
            for table in _numbered()
        }

    def go_on_from(self, connection: Connection, numbers: Mapping[str, int]) -> None:
        """Have the next number of such a table be above what was given."""
        for table in _numbered():
            given = {"table": table, "number": numbers.get(table, 0)}
            if connection.execute(_RAISE, given).rowcount == 0:
                connection.execute(_BEGIN_AT, given)

    async def inspect(self) -> list[str]:
        """What SQLite finds wrong with the file, and rows that speak of ones that are not there."""
        with _told(self.path):
            async with self._looking() as connection:
                checked = await connection.execute_fetchall(f"PRAGMA integrity_check({_MOST_SAID})")
                dangling = await connection.execute_fetchall("PRAGMA foreign_key_check")
        found = [str(row[0]) for row in checked if row[0] != "ok"]
        found += [
            f"row {row[1]} of {row[0]} speaks of a row of {row[2]} that is not there"
            for row in list(dangling)[:_MOST_SAID]
        ]
        return found

    async def close(self) -> None:
        """Close all connections, and let other processes have the file."""
        # The last connection to go folds the log into the file, which a reader's cannot.
        await self.readers.dispose()
        await self.writer.dispose()
        self._held.close()

    def _looking(self) -> aiosqlite.Connection:
        # While anyone has the file open it has a log. Where it has none, it is what it is; and a
        # reader that is not told so would leave a log behind, which the owner may not write.
        still = not self.path.with_name(f"{self.path.name}-wal").exists()
        where = _read_only(self.path) + "&immutable=1" * still
        return aiosqlite.connect(where, uri=True, timeout=_BUSY_MILLISECONDS / 1000)


def _numbered() -> list[str]:
    tables = metadata.sorted_tables
    return [table.name for table in tables if table.dialect_options["sqlite"]["autoincrement"]]


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except aiosqlite.OperationalError as error:
        raise _unreadable(path, error) from error
    except aiosqlite.DatabaseError as error:
        raise NotADatabaseError(f"{path} is damaged ({error}); {_REMEDY}") from error


def _unreadable(path: Path, error: aiosqlite.OperationalError) -> DatabaseUnavailableError:
    held = error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
    what = "another program holds it; end that, and try again" if held else str(error)
    return DatabaseUnavailableError(f"cannot read {path}: {what}")


def _writer(path: Path) -> AsyncEngine:
    """Transactions on one connection, each the only writer from its start."""
    # A transaction is ended before its connection is given back: there is nothing to reset.
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        pool_size=1,
        max_overflow=0,
        pool_reset_on_return=None,
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _readers(path: Path) -> AsyncEngine:
    """Statements outside transactions, a few at once, that cannot change the file."""
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=_read_only(path), query={"uri": "true"}),
        isolation_level="AUTOCOMMIT",
        pool_size=_READERS,
        max_overflow=0,
        pool_reset_on_return=None,
    )
    event.listen(engine.sync_engine, "connect", _be_patient)
    return engine


def _read_only(path: Path) -> str:
    return f"file:{quote(str(path))}?mode=ro"


def _prepare(connection: DBAPIConnection, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing on its own: see _begin
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _be_patient(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(_PATIENCE)
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later could find the file changed in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
