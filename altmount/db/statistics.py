"""What came of imports, hour by hour; kept however long, whatever becomes of their jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, func, select, text

from altmount.db.database import Database, Session
from altmount.db.schema import Moment, import_statistics


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of the imports that ended within an hour."""

    hour: datetime
    """When it began."""

    completed: int
    failed: int
    """Those that were refused; who was cancelled is not counted."""

    bytes: int
    """Of the files that came in."""

    milliseconds: int
    """How long the completed ones took, in all."""


class StatisticsRepository:
    """Every way the program reads what it has counted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, moment: datetime) -> Sequence[Outcomes]:
        """The hours that began at a moment or later, the oldest first; empty ones are left out."""
        statement = select(import_statistics).where(import_statistics.c.hour >= moment)
        rows = await self._database.fetch(statement.order_by(import_statistics.c.hour))
        return [Outcomes(*row) for row in rows]

    async def bytes_since(self, *moments: datetime) -> Sequence[int]:
        """How many bytes came in from each of some moments on, by whole hours."""
        hour, size = import_statistics.c.hour, import_statistics.c.bytes
        sums = [func.coalesce(func.sum(case((hour >= each, size), else_=0)), 0) for each in moments]
        [row] = await self._database.fetch(select(*sums))
        return [int(each) for each in row]

    async def average(self) -> float:
        """How long a completed import took, in milliseconds; 0 if there was none."""
        took, completed = import_statistics.c.milliseconds, import_statistics.c.completed
        [(milliseconds, count)] = await self._database.fetch(
            select(func.coalesce(func.sum(took), 0), func.coalesce(func.sum(completed), 0))
        )
        return float(milliseconds) / count if count else 0.0


# The one form of it that both SQLite and PostgreSQL understand.
_COUNT = text(
    "INSERT INTO import_statistics (hour, completed, failed, bytes, milliseconds)"
    " VALUES (:hour, :completed, :failed, :bytes, :milliseconds)"
    " ON CONFLICT (hour) DO UPDATE SET"
    " completed = import_statistics.completed + excluded.completed,"
    " failed = import_statistics.failed + excluded.failed,"
    " bytes = import_statistics.bytes + excluded.bytes,"
    " milliseconds = import_statistics.milliseconds + excluded.milliseconds"
).bindparams(bindparam("hour", type_=Moment()))


async def count(
    session: Session,
    at: datetime,
    *,
    completed: int = 0,
    failed: int = 0,
    size: int = 0,
    milliseconds: int = 0,
) -> None:
    """Count imports that ended, in the transaction that ends them."""
    values = {
        "hour": at.replace(minute=0, second=0, microsecond=0),
        "completed": completed,
        "failed": failed,
        "bytes": size,
        "milliseconds": milliseconds,
    }
    await session.fetch(_COUNT, values)
