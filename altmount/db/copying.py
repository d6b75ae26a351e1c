"""A library moved from one database to another, of whatever kinds they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any

from sqlalchemy import Row, Table, delete, func, insert, select, text

from altmount.aio.scope import TaskScope
from altmount.aio.uninterrupted import ended
from altmount.db.address import Address
from altmount.db.connection import Access, Rows
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


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied, from where to where."""

    source: str
    """How messages call it; no secret is in it."""

    target: str
    tables: Mapping[str, Contents]


async def copy(
    source: Address,
    target: Address,
    told: Callable[[str, int], None] = lambda _name, _rows: None,
    *,
    revisions: Revisions = REVISIONS,
) -> Copied:
    """Copy everything, whole or not at all. No other process may have either database.

    What was written is read again before it is kept, and is as it was read. The source is only
    read. A cancellation is felt after a batch of rows, and leaves the target empty; if it comes
    when all is done, that stays.

    Args:
        source: Is to be at the newest revision.
        target: Is to be empty, or not there if it is a file.
        told: Is told of each table that was copied, and its rows.
        revisions: Those that the program knows.

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
    left = asyncio.Event()
    copying = _copy(engine_at(source), engine_at(target), told, revisions, left)
    async with TaskScope() as scope:
        work = scope.start(copying, name="copy the database")
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            left.set()  # no statement is cut: a transaction of SQLite would stay open
            await ended(work)
            raise
        return work.result()


async def _copy(
    source: Engine,
    target: Engine,
    told: Callable[[str, int], None],
    revisions: Revisions,
    left: asyncio.Event,
) -> Copied:
    async with AsyncExitStack() as stack:
        for engine in (source, target):
            stack.push_async_callback(engine.close)
        stack.enter_context(translated())
        await _see_that_it_can_be(source, target, revisions)
        reading, writing = source.reading(), target.writing()
        for connection in (reading, writing):
            stack.push_async_callback(connection.close)
            await connection.open()
        await reading.fetch(text(source.snapshot))
        await writing.run(partial(target.migrate, revisions=revisions))
        for table in reversed(metadata.sorted_tables):
            await writing.fetch(delete(table))  # what migrations begin a library with
        tables = {}
        for table in metadata.sorted_tables:
            tables[table.name] = await _copy_table(table, reading, writing, left)
            told(table.name, tables[table.name].rows)
        numbers = await reading.run(source.numbers)
        await writing.run(partial(target.go_on_from, numbers=numbers))
        await writing.commit()
        return Copied(source.name, target.name, tables)


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


async def _copy_table(
    table: Table, reading: Access, writing: Access, left: asyncio.Event
) -> Contents:
    [[expected]] = await reading.fetch(select(func.count()).select_from(table))
    read = _Tally()
    async with reading.pages(in_order(table), _BATCH) as pages:
        async for rows in _until(left, pages):
            read.add(rows)
            with translated(f"the table {table.name}"):
                await writing.fetch(insert(table), [dict(row._mapping) for row in rows])  # noqa: SLF001 - the documented name
    if read.rows != expected:
        raise ConflictError(
            f"nothing leads to {expected - read.rows} rows of {table.name}; run `altmount rebuild`"
        )
    written = _Tally()
    async with writing.pages(in_order(table), _BATCH) as pages:
        async for rows in _until(left, pages):
            written.add(rows)
    if written.contents != read.contents:
        raise DatabaseError(
            f"what was written to {table.name} does not come back as it was; nothing was kept"
        )
    return read.contents


async def _until(left: asyncio.Event, pages: AsyncIterator[Rows]) -> AsyncIterator[Rows]:
    """Pages, until whoever wants them has left."""
    async for rows in pages:
        if left.is_set():
            raise asyncio.CancelledError
        yield rows


class _Tally:
    """Counts rows, and hashes their values as Python has them."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = blake2b(digest_size=16)

    def add(self, rows: Sequence[Row[*tuple[Any, ...]]]) -> None:
        self.rows += len(rows)
        for row in rows:
            self._hash.update(repr(tuple(row)).encode("utf-8", "surrogatepass"))

    @property
    def contents(self) -> Contents:
        return Contents(self.rows, self._hash.hexdigest())
