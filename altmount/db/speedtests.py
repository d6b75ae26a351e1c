"""Speed tests in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, insert, select

from altmount.db.database import Database
from altmount.db.schema import speed_tests

KEPT_DAYS = 1825
"""How long a test is kept."""

_MOST_LISTED = 10_000


@dataclass(frozen=True, slots=True)
class SpeedTest:
    """How fast a provider was."""

    id: int
    provider: str
    """Its id in the settings."""

    created: datetime
    bytes: int
    """On the line."""

    seconds: float

    @property
    def megabytes_per_second(self) -> float:
        """In units of 2^20 bytes a second, as the ancestor has it under the name of ``mbps``."""
        return self.bytes / (1 << 20) / self.seconds if self.seconds > 0 else 0.0


class SpeedTestRepository:
    """Every way the program reads or changes the tests it has stored."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, provider: str, size: int, seconds: float) -> SpeedTest:
        """Keep a test that has just ended, and drop those that are too old."""
        now = datetime.now(UTC)
        values = {"provider": provider, "created": now, "bytes": size, "seconds": seconds}
        statement = insert(speed_tests).values(values).returning(*speed_tests.c)
        old = delete(speed_tests).where(speed_tests.c.created < now - timedelta(days=KEPT_DAYS))
        async with self._database.transaction() as session:
            await session.fetch(old)
            [row] = await session.fetch(statement)
        return _test(row)

    async def since(self, moment: datetime) -> list[SpeedTest]:
        """Those since a moment, the oldest first."""
        statement = (
            select(speed_tests)
            .where(speed_tests.c.created >= moment)
            .order_by(speed_tests.c.id)
            .limit(_MOST_LISTED)
        )
        return [_test(row) for row in await self._database.fetch(statement)]

    async def latest(self) -> dict[str, SpeedTest]:
        """The last test of each provider."""
        newest = select(func.max(speed_tests.c.id)).group_by(speed_tests.c.provider)
        statement = select(speed_tests).where(speed_tests.c.id.in_(newest))
        tests = [_test(row) for row in await self._database.fetch(statement)]
        return {test.provider: test for test in tests}


def _test(row: Row[*tuple[Any, ...]]) -> SpeedTest:
    return SpeedTest(**row._mapping)  # noqa: SLF001 - the documented name
