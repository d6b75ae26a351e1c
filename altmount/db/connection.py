"""Connections to a database, of whatever kind, for one user each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, Executable, Row

T = TypeVar("T")

Rows: TypeAlias = Sequence[Row[*tuple[Any, ...]]]

Values: TypeAlias = Mapping[str, object] | Sequence[Mapping[str, object]] | None
"""What a statement's parameters stand for; several, to run it once for each."""


class Access(Protocol):
    """A connection, once :meth:`open` has returned and until it is closed.

    It knows nothing of cancelling: whoever uses it sees each step through.
    """

    async def open(self) -> None:
        """Connect; begin a transaction, if it is to have one."""

    async def fetch(self, statement: Executable, values: Values = None) -> Rows:
        """Run a statement, once for each of several ``values``, for what it returns."""

    def pages(
        self, statement: Executable, size: int
    ) -> AbstractAsyncContextManager[AsyncIterator[Rows]]:
        """What a statement returns, so many rows at a time.

        In a transaction, or once the engine's ``snapshot`` has begun one.
        """

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Do something that knows connections that wait, and no others."""

    async def commit(self) -> None: ...

    async def close(self) -> None:
        """Give it back; what was not committed is undone. Nothing if it was never opened."""


class ThreadAccess:
    """A connection whose driver waits, in a thread: each step is one hop there and back.

    A hop costs little where the loop is free. Where it is busy it costs a turn of the loop and
    of the interpreter's lock, so that there should be few.

    Args:
        engine: Connects.
        thread: Where it is waited for.
        transaction: Whether all of it is one.
    """

    def __init__(self, engine: Engine, thread: Executor, *, transaction: bool) -> None:
        self._engine = engine
        self._thread = thread
        self._transaction = transaction
        self._opened: Connection | None = None

    async def open(self) -> None:
        def connect() -> Connection:
            connection = self._engine.connect()
            try:
                if self._transaction:
                    connection.begin()
            except BaseException:
                connection.close()
                raise
            return connection

        self._opened = await self._hop(connect)

    async def fetch(self, statement: Executable, values: Values = None) -> Rows:
        return await self.run(lambda connection: fetched(connection, statement, values))

    @asynccontextmanager
    async def pages(self, statement: Executable, size: int) -> AsyncIterator[AsyncIterator[Rows]]:
        result = await self.run(lambda connection: connection.execute(statement))

        async def pages() -> AsyncIterator[Rows]:
            while rows := await self._hop(lambda: result.fetchmany(size)):
                yield rows

        try:
            yield pages()
        finally:
            await self._hop(result.close)

    async def run(self, work: Callable[[Connection], T]) -> T:
        connection = self._opened
        if connection is None:
            raise RuntimeError("the connection is not open")
        return await self._hop(lambda: work(connection))

    async def commit(self) -> None:
        await self.run(lambda connection: connection.commit())

    async def close(self) -> None:
        if self._opened is not None:
            await self.run(lambda connection: connection.close())
            self._opened = None

    async def _hop(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def fetched(connection: Connection, statement: Executable, values: Values) -> Rows:
    """What a statement returns; nothing if it returns no rows."""
    result = connection.execute(statement, values)
    return result.fetchall() if result.returns_rows else ()
