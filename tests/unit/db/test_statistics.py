from __future__ import annotations

from datetime import UTC, datetime, timedelta

from altmount.db.statistics import Outcomes, StatisticsRepository, count

HOUR = datetime(2026, 1, 1, 10, tzinfo=UTC)


async def test_imports_are_counted_by_the_hour(database):
    statistics = StatisticsRepository(database)
    assert await statistics.average() == 0
    async with database.transaction() as session:
        await count(session, HOUR, completed=1, size=5, milliseconds=300)
        await count(session, HOUR + timedelta(minutes=59), completed=1, size=7, milliseconds=100)
        await count(session, HOUR + timedelta(minutes=1), failed=1)
        await count(session, HOUR + timedelta(hours=3), failed=1)
    first, second = await statistics.since(HOUR)
    assert first == Outcomes(HOUR, 2, 1, 12, 400)
    assert (second.hour, second.failed) == (HOUR + timedelta(hours=3), 1)
    assert await statistics.since(HOUR + timedelta(minutes=1)) == [second]
    assert await statistics.average() == 200


async def test_what_is_rolled_back_is_not_counted(database):
    try:
        async with database.transaction() as session:
            await count(session, HOUR, completed=1)
            raise RuntimeError
    except RuntimeError:
        pass
    assert await StatisticsRepository(database).since(HOUR) == []
