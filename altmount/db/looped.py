"""A connection whose driver works on the loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy import Connection, Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from altmount.db.connection import Rows, Values, fetched

T = TypeVar("T")


class LoopAccess:
    """As :class:`altmount.db.connection.Access` has it.

    Args:
        connection: Is not open yet.
        transaction: Whether all of it is one.
    """

    def __init__(self, connection: AsyncConnection, *, transaction: bool) -> None:
        self._connection = connection
        self._transaction = transaction

    async def open(self) -> None:
        await self._connection.start()
        if self._transaction:
            await self._connection.begin().start()

    async def fetch(self, statement: Executable, values: Values = None) -> Rows:
        return await self.run(lambda connection: fetched(connection, statement, values))

    @asynccontextmanager
    async def pages(self, statement: Executable, size: int) -> AsyncIterator[AsyncIterator[Rows]]:
        result = await self._connection.stream(statement)
        try:
            yield result.partitions(size)
        finally:
            await result.close()

    async def run(self, work: Callable[[Connection], T]) -> T:
        return await self._connection.run_sync(work)

    async def commit(self) -> None:
        await self._connection.commit()

    async def close(self) -> None:
        if self._connection.sync_connection is not None:
            await self._connection.close()
