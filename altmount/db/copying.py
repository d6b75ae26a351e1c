"""A library moved from one database to another, of whatever kinds they are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import Row, Select, Table, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from altmount.db.address import Address
from altmount.db.database import outdated
from altmount.db.engine import Engine, engine_at
from altmount.db.errors import ConflictError, DatabaseError, OccupiedDatabaseError
from altmount.db.ordering import in_order
from altmount.db.revisions import REVISIONS, Revisions
from altmount.db.schema import metadata
from altmount.db.translation import translated
from altmount.errors import InvalidRequestError, NotFoundError

_BATCH = 500
"""Rows that are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a table holds."""

    rows: int
    digest: str
    """Of all values of all rows."""


async def copy(
    source: Address,
    target: Address,
    told: Callable[[str, int], None] = lambda _name, _rows: None,
    *,
    revisions: Revisions = REVISIONS,
) -> Mapping[str, Contents]:
    """Copy everything, whole or not at all. No other process may have either database.

    What was written is read again before it is kept, and is as it was read. The source is only
    read. A cancellation leaves the target empty.

    Args:
        source: Is to be at the newest revision.
        target: Is to be empty, or not there if it is a file.
        told: Is told of each table that was copied, and its rows.
        revisions: Those that the program knows.

    Returns:
        What each table holds.

    Raises:
        InvalidRequestError: They are the same.
        NotFoundError: There is no source.
        OccupiedDatabaseError: The target is not empty.
        OutdatedDatabaseError, NewerDatabaseError: The source is of another version.
        DatabaseInUseError: Another process has one of them.
        DatabaseError: What was written is not what was read, or something of it cannot be kept.
        DatabaseUnavailableError: One of them fails.
    """
    if source == target:
        raise InvalidRequestError("a database is not copied to itself")
    async with AsyncExitStack() as stack:
        there, here = engine_at(source), engine_at(target)
        for engine in (there, here):
            stack.push_async_callback(engine.close)
        stack.enter_context(translated())
        await _see_that_it_can_be(there, here, revisions)
        reading = await stack.enter_async_context(there.readers.connect())
        await reading.exec_driver_sql(there.snapshot)
        writing = await stack.enter_async_context(here.writer.connect())
        async with writing.begin():
            await writing.run_sync(here.migrate, revisions)
            for table in reversed(metadata.sorted_tables):
                await writing.execute(delete(table))  # what migrations begin a library with
            copied = {}
            for table in metadata.sorted_tables:
                copied[table.name] = await _copied(table, reading, writing, here.name)
                told(table.name, copied[table.name].rows)
            await writing.run_sync(here.go_on_from, await reading.run_sync(there.numbers))
        return copied


async def _see_that_it_can_be(source: Engine, target: Engine, revisions: Revisions) -> None:
    if await source.revision() is None:  # asked first, for taking makes a folder for it
        raise NotFoundError(f"there is nothing in {source.name}")
    await source.take()
    current = await source.revision()
    if revisions.pending(current):
        raise outdated(source, current)
    await target.take()
    if await target.revision() is not None:
        raise OccupiedDatabaseError(
            f"{target.name} has a library already; name an empty database, or empty that one"
        )


async def _copied(
    table: Table, reading: AsyncConnection, writing: AsyncConnection, name: str
) -> Contents:
    order = in_order(table)
    [[expected]] = (await reading.execute(select(func.count()).select_from(table))).fetchall()
    read = _Tally()
    async with _pages(reading, order) as pages:
        async for rows in pages:
            read.add(rows)
            await writing.execute(insert(table), [dict(row._mapping) for row in rows])  # noqa: SLF001 - the documented name
    if read.rows != expected:
        raise ConflictError(
            f"nothing leads to {expected - read.rows} rows of {table.name}; run `altmount rebuild`"
        )
    written = _Tally()
    async with _pages(writing, order) as pages:
        async for rows in pages:
            written.add(rows)
    if written.contents != read.contents:
        raise DatabaseError(
            f"{name} does not give back what was written to {table.name}; nothing was kept"
        )
    return read.contents


@asynccontextmanager
async def _pages(
    connection: AsyncConnection, order: Select[*tuple[Any, ...]]
) -> AsyncIterator[AsyncIterator[Any]]:
    async with connection.stream(order) as result:
        yield result.partitions(_BATCH)


class _Tally:
    """Counts rows, and hashes their values as Python has them."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = blake2b(digest_size=16)

    def add(self, rows: list[Row[*tuple[Any, ...]]]) -> None:
        self.rows += len(rows)
        for row in rows:
            self._hash.update(repr(tuple(row)).encode("utf-8", "surrogatepass"))

    @property
    def contents(self) -> Contents:
        return Contents(self.rows, self._hash.hexdigest())
