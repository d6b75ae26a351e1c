"""Whether a database is sound, and whose it is."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, inspect, select

from altmount.aio.whole import whole
from altmount.db.address import Address
from altmount.db.engine import Engine, engine_at
from altmount.db.errors import ForeignDatabaseError
from altmount.db.ordering import in_order
from altmount.db.revisions import REVISIONS, Revisions
from altmount.db.schema import metadata
from altmount.db.translation import translated


async def check(address: Address, *, revisions: Revisions = REVISIONS) -> Sequence[str]:
    """What is wrong with a database, and what to do. Nothing is written; it may be in use.

    A cancellation is felt when it is done.

    Raises:
        NotADatabaseError: It is something else, or too damaged to be looked at.
        NewerDatabaseError: It is of a later version.
        DatabaseUnavailableError: It cannot be read now.
    """
    return await whole(_checked(engine_at(address), revisions), "check the database")


async def is_foreign(address: Address) -> bool:
    """Whether there is another program's database.

    Raises:
        NotADatabaseError: It is something else, or damaged.
        DatabaseUnavailableError: It cannot be read now.
    """
    engine = engine_at(address)
    try:
        await whole(engine.revision(), "look at the database")
    except ForeignDatabaseError:
        return True
    finally:
        await engine.close()
    return False


async def _checked(engine: Engine, revisions: Revisions) -> list[str]:
    try:
        current = await engine.revision()
        if current is None:
            return [f"there is nothing in {engine.name}; `altmount serve` makes it"]
        old = revisions.pending(current)
        found = await faults(engine, old=old)
        if found:  # a server that has just been started may have written to what was read
            found = await faults(engine, old=old)
        if old:
            newest = revisions.known[-1]
            said = f"{engine.name} is of revision {current}, and {newest} is the newest"
            found.append(f"{said}; run `altmount db upgrade`")
        return found
    finally:
        await engine.close()


async def faults(engine: Engine, *, old: bool) -> list[str]:
    """What is wrong with a database inside, and what to do. Nothing is written.

    Args:
        engine: The database. It is not empty.
        old: Whether it is of an earlier version, of whose tables nothing is known.

    Raises:
        NotADatabaseError: It is too damaged to be looked at.
        DatabaseUnavailableError: It cannot be read now.
    """
    found = await engine.inspect()
    if found or old:
        return found
    with translated():
        return await engine.look(lambda reading: _lacking(reading) or _loose(reading))


def _lacking(connection: Connection) -> list[str]:
    """Tables and columns that the program speaks of, and that are not there."""
    inspector = inspect(connection)
    tables = set(inspector.get_table_names())
    found = []
    for table in metadata.sorted_tables:
        if table.name not in tables:
            found.append(f"the table {table.name} is not there; restore a backup")
            continue
        there = {column["name"] for column in inspector.get_columns(table.name)}
        lacking = sorted({column.name for column in table.columns} - there)
        found += [f"{table.name} lacks the column {name}; restore a backup" for name in lacking]
    return found


def _loose(connection: Connection) -> list[str]:
    """Tables with rows that nothing leads to."""
    found = []
    for table in metadata.sorted_tables:
        rows = select(func.count()).select_from(table)
        led_to = select(func.count()).select_from(in_order(table).subquery())
        loose = connection.execute(rows).scalar_one() - connection.execute(led_to).scalar_one()
        if loose:
            found.append(f"nothing leads to {loose} rows of {table.name}; run `altmount rebuild`")
    return found
