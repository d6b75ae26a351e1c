"""The index of the journal: what was done, for listing and for taking it back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from altmount.db.batches import batches
from altmount.db.database import Reading
from altmount.db.nodes import Place, Record, Shift
from altmount.db.schema import journal, library


class Records:
    """The journal's entries as the index has them."""

    def __init__(self, reading: Reading) -> None:
        self._fetch = reading.fetch

    async def get(self, number: int) -> Record | None:
        rows = await self._fetch(select(journal).where(journal.c.number == number))
        return _record(rows[0]) if rows else None

    async def latest(self, limit: int, before: int | None = None) -> list[Record]:
        """The newest first, of those with a number below ``before``."""
        statement = select(journal).order_by(journal.c.number.desc()).limit(limit)
        if before is not None:
            statement = statement.where(journal.c.number < before)
        return [_record(row) for row in await self._fetch(statement)]

    async def since(self, moment: datetime, most: int) -> list[Record]:
        """The newest, ``most`` at most, that are not older than a moment, the oldest first."""
        statement = select(journal).where(journal.c.at >= moment)
        rows = await self._fetch(statement.order_by(journal.c.number.desc()).limit(most))
        return [_record(row) for row in reversed(rows)]

    async def followed(self) -> tuple[str, int] | None:
        """Which journal the index follows, and up to which entry; ``None`` if none."""
        rows = await self._fetch(select(library.c.journal, library.c.number))
        return (rows[0].journal, rows[0].number) if rows else None


async def follow(reading: Reading, journal_id: str, number: int) -> None:
    """Say which journal the index follows, and up to which entry."""
    await reading.fetch(delete(library))
    await reading.fetch(insert(library).values(journal=journal_id, number=number))


async def note(reading: Reading, record: Record) -> None:
    """Add an entry, which is the last one that the index knows from now on."""
    await add(reading, [record])
    await reading.fetch(update(library).values(number=record.number))
    if record.undoes is None:
        return
    undone = update(journal).where(journal.c.number == record.undoes)
    rows = await reading.fetch(undone.values(undone_by=record.number).returning(journal.c.undoes))
    again = rows[0].undoes if rows else None
    if again is not None:  # a removal that was taken back, and now is not: it may be once more
        await reading.fetch(update(journal).where(journal.c.number == again).values(undone_by=None))


async def add(reading: Reading, records: Sequence[Record]) -> None:
    for some in batches(records):
        await reading.fetch(insert(journal), [_row(record) for record in some])


async def forget(reading: Reading, *, before: int | None = None) -> None:
    """Take out the entries with a number below ``before``, or all."""
    statement = delete(journal)
    if before is not None:
        statement = statement.where(journal.c.number < before)
    await reading.fetch(statement)


def _row(record: Record) -> dict[str, object]:
    shifts = [[each.id, each.was, each.now] for each in record.shifts]
    return {
        "number": record.number,
        "at": record.at,
        "action": record.action,
        "door": record.door,
        "user": record.user,
        "client": record.client,
        "source": record.source,
        "target": record.target,
        "reason": record.reason,
        "shifts": json.dumps(shifts),
        "undoes": record.undoes,
        "undone_by": record.undone_by,
    }


def _record(row: Row[*tuple[Any, ...]]) -> Record:
    values = dict(row._mapping)  # noqa: SLF001 - the documented name
    values["shifts"] = tuple(
        Shift(node, Place(*was) if was else None, Place(*now))
        for node, was, now in json.loads(values["shifts"])
    )
    return Record(**values)
