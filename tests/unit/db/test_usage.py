from __future__ import annotations

from datetime import UTC, datetime

import pytest

from altmount.db.usage import AccountUsage, UsageRepository

SINCE = datetime(2026, 11, 1, 12, 30, 15, 250_000, tzinfo=UTC)


def usage(account, used=1):
    return AccountUsage(account, used, SINCE)


@pytest.fixture
def usages(database):
    return UsageRepository(database)


async def test_what_was_used_is_kept_to_the_byte_and_the_moment(usages):
    kept = [usage("a.example:563+me@x", 1 << 45), usage("b.example:119")]
    await usages.save(kept)
    assert await usages.all() == kept


async def test_the_last_word_counts_and_others_are_left_alone(usages):
    await usages.save([usage("a"), usage("b")])
    await usages.save([usage("a", 2)])
    await usages.save([])
    assert await usages.all() == [usage("a", 2), usage("b")]
