"""What is particular to SQLite: how a file is kept to oneself, looked at, copied, connected to."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, Executable, create_engine, event, exc, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import StaticPool

from altmount.db.connection import Rows, ThreadAccess, Values, fetched
from altmount.db.errors import (
    BackupError,
    DatabaseUnavailableError,
    ForeignDatabaseError,
    NotADatabaseError,
)
from altmount.db.lock import exclusive
from altmount.db.revisions import Revisions
from altmount.db.schema import metadata

T = TypeVar("T")

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
        self._writer = _writer(path)
        self._readers = _readers(path)
        self._writing = ThreadPoolExecutor(1, "altmount-write")
        self._reading = ThreadPoolExecutor(_READERS, "altmount-read")
        self._held = ExitStack()
        self._clean = False
        """Whether this has the file, and nobody had left a log beside it."""

    async def take(self) -> None:
        """Keep other processes away; the folder is made if need be."""
        folder = self.path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnavailableError(f"cannot make {folder}: {error.strerror}") from error
        self._held.enter_context(exclusive(self.path.with_name(f"{self.path.name}.lock")))
        self._clean = not self._log.exists()

    def writing(self) -> ThreadAccess:
        """A transaction, the only one from its start."""
        return ThreadAccess(self._writer, self._writing, transaction=True)

    def reading(self) -> ThreadAccess:
        """One of a few connections that read."""
        return ThreadAccess(self._readers, self._reading, transaction=False)

    async def read(self, statement: Executable, values: Values = None) -> Rows:
        """Read on one of them, in a single hop."""

        def read() -> Rows:
            with self._readers.connect() as connection:
                return fetched(connection, statement, values)

        return await asyncio.get_running_loop().run_in_executor(self._reading, read)

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
            return await self._look(self._revision)
        except sqlite3.OperationalError as error:
            raise _unreadable(path, error) from error
        except sqlite3.DatabaseError as error:
            raise NotADatabaseError(f"{path} is damaged ({error}); {_REMEDY}") from error

    def _revision(self, connection: sqlite3.Connection) -> str | None:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        if not tables:
            return None
        if not {"alembic_version", "nodes"} <= tables:
            raise ForeignDatabaseError(
                f"{self.path} is the database of another program; name another file"
            )
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        if row is None:
            raise NotADatabaseError(f"{self.path} is damaged (it has no revision); {_REMEDY}")
        return str(row[0])

    async def keep_copy(self, copy: Path) -> None:
        """Write a copy that can be put in the place of the file."""
        part = copy.with_name(f"{copy.name}.part")
        try:
            part.unlink(missing_ok=True)
            # As SQLite's backup API, it sees one moment of the file whoever writes beside it.
            await self._look(lambda connection: connection.execute("VACUUM INTO ?", (str(part),)))
            file = os.open(part, os.O_RDONLY)
            try:
                os.fsync(file)
            finally:
                os.close(file)
            part.replace(copy)
        except (OSError, sqlite3.Error) as error:
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
            return await self._look(_findings)

    async def close(self) -> None:
        """Close all connections, and let other processes have the file."""
        await asyncio.get_running_loop().run_in_executor(None, self._disconnect)
        for threads in (self._reading, self._writing):
            threads.shutdown(wait=False)
        self._held.close()

    def _disconnect(self) -> None:
        # The last connection to go folds the log into the file, which a reader's cannot: it would
        # leave a log behind that belongs to whoever read, and that others may not write.
        self._readers.dispose()
        if self._clean and self._log.exists():
            with suppress(exc.DBAPIError), self._writer.connect():
                pass  # where it fails, whoever comes next folds it
        self._writer.dispose()

    async def look(self, work: Callable[[Connection], T]) -> T:
        """Do something with a connection that only reads, beside whoever has the file."""

        def look(connection: sqlite3.Connection) -> T:
            engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
            with engine.connect() as reading:
                return work(reading)

        return await self._look(look)

    async def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something with a connection of its own that cannot change the file."""
        # While anyone has the file open it has a log. Where it has none, it is what it is; and a
        # reader that is not told so would leave a log behind, which the owner may not write.
        where = _read_only(self.path) + "&immutable=1" * (not self._log.exists())

        def look() -> T:
            patience = _BUSY_MILLISECONDS / 1000
            with closing(sqlite3.connect(where, uri=True, timeout=patience)) as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(None, look)

    @property
    def _log(self) -> Path:
        return self.path.with_name(f"{self.path.name}-wal")


def _findings(connection: sqlite3.Connection) -> list[str]:
    checked = connection.execute(f"PRAGMA integrity_check({_MOST_SAID})").fetchall()
    dangling = connection.execute("PRAGMA foreign_key_check").fetchmany(_MOST_SAID)
    return [str(row[0]) for row in checked if row[0] != "ok"] + [
        f"row {row[1]} of {row[0]} speaks of a row of {row[2]} that is not there"
        for row in dangling
    ]


def _numbered() -> list[str]:
    tables = metadata.sorted_tables
    return [table.name for table in tables if table.dialect_options["sqlite"]["autoincrement"]]


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _unreadable(path, error) from error
    except sqlite3.DatabaseError as error:
        raise NotADatabaseError(f"{path} is damaged ({error}); {_REMEDY}") from error


def _unreadable(path: Path, error: sqlite3.OperationalError) -> DatabaseUnavailableError:
    held = error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
    what = "another program holds it; end that, and try again" if held else str(error)
    return DatabaseUnavailableError(f"cannot read {path}: {what}")


def _writer(path: Path) -> Engine:
    """Transactions on one connection, each the only writer from its start."""
    # A transaction is ended before its connection is given back: there is nothing to reset.
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        pool_size=1,
        max_overflow=0,
        pool_reset_on_return=None,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _readers(path: Path) -> Engine:
    """Statements outside transactions, a few at once, that cannot change the file."""
    engine = create_engine(
        URL.create("sqlite", database=_read_only(path), query={"uri": "true"}),
        isolation_level="AUTOCOMMIT",
        pool_size=_READERS,
        max_overflow=0,
        pool_reset_on_return=None,
    )
    event.listen(engine, "connect", _be_patient)
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
