"""The database: short transactions, one at a time, and reading beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from sqlalchemy import Executable

from altmount.aio.scope import TaskScope
from altmount.aio.uninterrupted import uninterrupted
from altmount.db.address import Address
from altmount.db.backups import back_up
from altmount.db.connection import Access, Rows, Values, fetched
from altmount.db.engine import Engine, engine_at
from altmount.db.errors import OutdatedDatabaseError
from altmount.db.revisions import REVISIONS, Revisions
from altmount.db.translation import translated

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What was done to a database when it was opened."""

    before: str | None
    """The revision that it was at; ``None`` if it was empty."""

    after: str
    backup: Path | None
    """The copy of what it was."""


class Reading(Protocol):
    """What can be done both in a transaction and outside."""

    async def fetch(self, statement: Executable, values: Values = None, /) -> Rows: ...


class Session:
    """What can be done in a transaction."""

    def __init__(self, connection: Access, scope: TaskScope) -> None:
        self._connection = connection
        self._scope = scope

    async def fetch(self, statement: Executable, values: Values = None) -> Rows:
        """Run a statement, once for each of ``values`` if there are several, for what it returns.

        A cancellation is felt when it is done.

        Raises:
            ConflictError: A constraint forbids it.
            UnfitValueError: There is no room for a value.
            DatabaseUnavailableError: It failed this time.
            DatabaseError: The database is damaged.
        """
        return await _whole(self._scope, self._connection.fetch(statement, values), "statement")


class _Look:
    """Reads from a database that others may have."""

    def __init__(self, engine: Engine, scope: TaskScope) -> None:
        self._engine = engine
        self._scope = scope

    async def fetch(self, statement: Executable, values: Values = None, /) -> Rows:
        work = self._engine.look(lambda reading: fetched(reading, statement, values))
        return await _whole(self._scope, work, "reading")


class Database:
    """A file of SQLite, or a database of a PostgreSQL server.

    Cancelling whoever uses it leaves no statement running and no transaction open. A server that
    goes away fails what is being done, with a ``DatabaseUnavailableError``, and nothing that
    comes after it is back.
    """

    def __init__(self, engine: Engine, scope: TaskScope) -> None:
        self._engine = engine
        self._scope = scope
        self._turn = asyncio.Lock()
        self.upgraded: Upgrade | None = None
        """What was done to it when it was opened, if that was anything."""

    @property
    def name(self) -> str:
        """How messages call it; no secret is in it."""
        return self._engine.name

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        address: Address,
        *,
        revisions: Revisions = REVISIONS,
        backups: Path | None = None,
    ) -> AsyncIterator[Self]:
        """Open a database, which is made if it is to be a file, and bring it up to date.

        This is the process that has it then, as whoever has the library must be.

        Args:
            address: Where it is.
            revisions: Those that the program knows.
            backups: The folder that an old database is copied to before it is migrated;
                ``None`` if it is not to be.

        Raises:
            DatabaseInUseError: Another process has it.
            NotADatabaseError: It is something else. It was not touched.
            NewerDatabaseError: It is of a later version. It was not touched.
            BackupError: It is old, and no backup can be made. It was not touched.
            DatabaseUnavailableError: It cannot be read or written.
        """
        async with AsyncExitStack() as stack:
            scope = await stack.enter_async_context(TaskScope())
            engine = engine_at(address)
            stack.push_async_callback(lambda: _whole(scope, engine.close(), "close the database"))
            await _whole(scope, engine.take(), "take the database")
            current = await _whole(scope, engine.revision(), "look at the database")
            pending = revisions.pending(current)
            database, copy = cls(engine, scope), None
            if pending:
                if current is not None and backups is not None:
                    keeping = back_up(engine, current, backups)
                    copy = await _whole(scope, keeping, "back up the database")
                await database._migrate(revisions)
                database.upgraded = Upgrade(current, revisions.known[-1], copy)
            yield database

    @staticmethod
    @asynccontextmanager
    async def look(address: Address, *, revisions: Revisions = REVISIONS) -> AsyncIterator[Reading]:
        """Only read from a database, beside the process that has it; nothing is left behind.

        Raises:
            NotADatabaseError: It is something else, or damaged.
            NewerDatabaseError, OutdatedDatabaseError: It is not of this version.
            DatabaseUnavailableError: It cannot be read.
        """
        async with _beside(address, revisions) as (engine, scope):
            yield _Look(engine, scope)

    @classmethod
    @asynccontextmanager
    async def beside(
        cls, address: Address, *, revisions: Revisions = REVISIONS
    ) -> AsyncIterator[Self]:
        """Change a little in a database, in short transactions beside the process that has it.

        Only what that process reads again by itself may be changed: accounts, and jobs, of which
        each is claimed once however many claim.

        Raises:
            NotADatabaseError: It is something else, or damaged.
            NewerDatabaseError, OutdatedDatabaseError: It is not of this version.
            DatabaseUnavailableError: It cannot be read.
        """
        async with _beside(address, revisions) as (engine, scope):
            yield cls(engine, scope)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """Change something: all of it on the way out, or nothing if the way out is an error.

        There is one transaction at a time; the others wait for their turn.

        Raises:
            DatabaseUnavailableError: It could not be begun or committed. If that was because the
                connection to a server was lost at the end, it may have been committed.
        """
        async with self._transaction() as connection:
            yield Session(connection, self._scope)

    async def fetch(self, statement: Executable, values: Values = None) -> Rows:
        """Read, beside a transaction if there is one.

        Raises:
            DatabaseUnavailableError: It failed this time.
            DatabaseError: The database is damaged.
        """
        return await _whole(self._scope, self._engine.read(statement, values), "reading")

    async def _migrate(self, revisions: Revisions) -> None:
        async with self._transaction() as connection:
            work = connection.run(partial(self._engine.migrate, revisions=revisions))
            await _whole(self._scope, work, "migrate")

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Access]:
        async with self._turn:
            connection = self._engine.writing()
            try:
                await _whole(self._scope, connection.open(), "begin")
                yield connection
                await _whole(self._scope, connection.commit(), "commit")
            finally:
                await _whole(self._scope, connection.close(), "give the connection back")


@asynccontextmanager
async def _beside(
    address: Address, revisions: Revisions
) -> AsyncIterator[tuple[Engine, TaskScope]]:
    async with AsyncExitStack() as stack:
        scope = await stack.enter_async_context(TaskScope())
        engine = engine_at(address)
        stack.push_async_callback(lambda: _whole(scope, engine.close(), "close the database"))
        current = await _whole(scope, engine.revision(), "look at the database")
        if revisions.pending(current):
            raise outdated(engine, current)
        yield engine, scope


def outdated(engine: Engine, current: str | None) -> OutdatedDatabaseError:
    """The error that a database is not migrated, and not to be migrated now."""
    what = "is empty" if current is None else f"is of revision {current}, which is an old one"
    return OutdatedDatabaseError(f"{engine.name} {what}; run `altmount db upgrade`")


async def _whole(scope: TaskScope, work: Coroutine[Any, Any, T], name: str) -> T:
    """Do something that must not be cut in the middle."""
    with translated():
        return await uninterrupted(scope.start(work, name=name))
