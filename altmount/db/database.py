"""The database: short transactions, one at a time, and reading beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Protocol, Self, TypeAlias, TypeVar

from sqlalchemy import Executable, Row, exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from altmount.aio.scope import TaskScope
from altmount.aio.uninterrupted import uninterrupted
from altmount.db import sqlite
from altmount.db.errors import ConflictError, DatabaseError, DatabaseUnavailableError
from altmount.db.lock import exclusive
from altmount.db.revisions import REVISIONS, Revisions

T = TypeVar("T")

Rows: TypeAlias = Sequence[Row[*tuple[Any, ...]]]

Values: TypeAlias = Mapping[str, object] | Sequence[Mapping[str, object]] | None
"""What a statement's parameters stand for; several, to run it once for each."""

_READERS = 2


class Reading(Protocol):
    """What can be done both in a transaction and outside."""

    async def fetch(self, statement: Executable, values: Values = None, /) -> Rows: ...


class Session:
    """What can be done in a transaction."""

    def __init__(self, connection: AsyncConnection, scope: TaskScope) -> None:
        self._connection = connection
        self._scope = scope

    async def fetch(self, statement: Executable, values: Values = None) -> Rows:
        """Run a statement, once for each of ``values`` if there are several, for what it returns.

        A cancellation is felt when it is done.

        Raises:
            ConflictError: A constraint forbids it.
            DatabaseUnavailableError: It failed this time.
            DatabaseError: The database is damaged.
        """

        async def work() -> Rows:
            result = await self._connection.execute(statement, values)
            return result.fetchall() if result.returns_rows else ()

        return await _whole(self._scope, work(), "statement")


class Database:
    """An SQLite file that this process alone works with.

    Cancelling whoever uses it leaves no statement running and no transaction open.
    """

    def __init__(self, connection: AsyncConnection, readers: AsyncEngine, scope: TaskScope) -> None:
        self._connection = connection
        self._readers = readers
        self._scope = scope
        self._turn = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, *, revisions: Revisions = REVISIONS) -> AsyncIterator[Self]:
        """Open the file, which is made if need be, and bring it up to date.

        An old database is copied to ``<path>.bak-<its revision>`` before it is migrated.

        Raises:
            DatabaseInUseError: Another process has it.
            NotADatabaseError: The file is something else. It was not touched.
            NewerDatabaseError: It is of a later version. It was not touched.
            DatabaseUnavailableError: It cannot be read or written.
        """
        async with AsyncExitStack() as stack:
            _make_folder(path.parent)
            stack.enter_context(exclusive(path.with_name(f"{path.name}.lock")))
            scope = await stack.enter_async_context(TaskScope())
            current = await _whole(scope, sqlite.revision_of(path), "look at the database")
            pending = revisions.pending(current)
            if pending and current is not None:
                copy = path.with_name(f"{path.name}.bak-{current}")
                await _whole(scope, sqlite.keep_copy(path, copy), "copy the database")
            readers, writer = sqlite.readers(path, _READERS), sqlite.writer(path)
            connection = writer.connect()

            async def close() -> None:
                await connection.close()
                await writer.dispose()
                await readers.dispose()

            stack.push_async_callback(lambda: _whole(scope, close(), "close the database"))
            await _whole(scope, connection.start(), "connect to the database")
            database = cls(connection, readers, scope)
            if pending:
                async with database._transaction():
                    await _whole(scope, connection.run_sync(revisions.migrate), "migrate")
            yield database

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """Change something: all of it on the way out, or nothing if the way out is an error.

        There is one transaction at a time; the others wait for their turn.

        Raises:
            DatabaseUnavailableError: It could not be begun or committed.
        """
        async with self._transaction():
            yield Session(self._connection, self._scope)

    async def fetch(self, statement: Executable, values: Values = None) -> Rows:
        """Read, beside a transaction if there is one.

        Raises:
            DatabaseUnavailableError: It failed this time.
            DatabaseError: The database is damaged.
        """

        async def work() -> Rows:
            async with self._readers.connect() as connection:
                return (await connection.execute(statement, values)).fetchall()

        return await _whole(self._scope, work(), "reading")

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        async with self._turn:
            connection = self._connection
            try:
                await _whole(self._scope, connection.begin().start(), "begin")
                yield
                await _whole(self._scope, connection.commit(), "commit")
            finally:
                if connection.in_transaction():
                    await _whole(self._scope, connection.rollback(), "roll back")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailableError(f"cannot make {folder}: {error.strerror}") from error


async def _whole(scope: TaskScope, work: Coroutine[Any, Any, T], name: str) -> T:
    """Do something that must not be cut in the middle."""
    with _translated():
        return await uninterrupted(scope.start(work, name=name))


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except exc.IntegrityError as error:
        raise ConflictError(f"the database refuses a row: {error.orig}") from error
    except exc.OperationalError as error:
        raise DatabaseUnavailableError(f"the database fails: {error.orig}") from error
    except exc.DBAPIError as error:
        raise DatabaseError(
            f"the database is damaged ({error.orig}); move it away and run `altmount rebuild`"
        ) from error
