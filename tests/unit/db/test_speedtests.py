from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from altmount.db.schema import speed_tests
from altmount.db.speedtests import KEPT_DAYS, SpeedTestRepository

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def tests(database):
    return SpeedTestRepository(database)


async def test_a_test_is_kept_with_its_speed_in_megabytes(tests):
    test = await tests.add("one", 10 << 20, 4.0)
    assert test.megabytes_per_second == 2.5
    assert await tests.since(LONG_AGO) == [test]
    assert abs(datetime.now(UTC) - test.created) < timedelta(minutes=1)


async def test_a_test_that_took_no_time_has_no_speed(tests):
    assert (await tests.add("one", 10, 0.0)).megabytes_per_second == 0


async def test_the_latest_is_of_each_provider(tests):
    await tests.add("one", 1, 1)
    other = await tests.add("other", 2, 1)
    newest = await tests.add("one", 3, 1)
    assert await tests.latest() == {"one": newest, "other": other}
    assert [test.bytes for test in await tests.since(LONG_AGO)] == [1, 2, 3]
    assert await tests.since(datetime.now(UTC) + timedelta(days=1)) == []


async def test_what_is_too_old_goes_with_the_next(database, tests):
    old = datetime.now(UTC) - timedelta(days=KEPT_DAYS + 1)
    row = {"provider": "one", "created": old, "bytes": 1, "seconds": 1.0}
    async with database.transaction() as session:
        await session.fetch(insert(speed_tests).values(row))
    new = await tests.add("one", 2, 1)
    assert await tests.since(LONG_AGO) == [new]
