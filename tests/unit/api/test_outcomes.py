from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from altmount.api.outcomes import OutcomesApi, past_of, standing_of
from altmount.db.statistics import Outcomes
from altmount.jobs import JobStatus
from altmount.web import errors

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
THIS_HOUR = NOW.replace(minute=0, second=0)


def ago(hours, completed=1, failed=0):
    return Outcomes(THIS_HOUR - timedelta(hours=hours), completed, failed, 0, 0)


def test_what_came_of_imports_is_told_for_each_time():
    hours = [ago(24 * 300, 5), ago(24 * 20, 4), ago(24 * 3, 3), ago(24, 2), ago(23, 0, 2), ago(0)]
    past = past_of(hours, NOW, 2)
    assert past["last_24_hours"] == {"completed": 1, "failed": 2, "percentage": 33.3}
    assert [past[f"last_{days}_days"]["completed"] for days in (7, 30, 365)] == [6, 10, 15]
    assert past["daily"] == [
        {"day": "2026-03-03", "completed": 2, "failed": 2},
        {"day": "2026-03-04", "completed": 1, "failed": 0},
    ]


def test_a_single_day_is_told_hour_by_hour():
    past = past_of([ago(24), ago(23, 2), ago(0, 0, 3)], NOW, 1)
    assert len(past["daily"]) == 24
    assert past["daily"][0] == {"day": "2026-03-03T06:00:00+00:00", "completed": 2, "failed": 0}
    assert past["daily"][-1] == {"day": "2026-03-04T05:00:00+00:00", "completed": 0, "failed": 3}


def test_what_began_a_whole_time_ago_is_not_within_it():
    past = past_of([ago(24), ago(23, 3), ago(24 * 7, 9)], THIS_HOUR, 2)
    assert (past["last_24_hours"]["completed"], past["last_7_days"]["completed"]) == (3, 4)


def test_nothing_at_all_is_nothing_everywhere():
    past = past_of([], NOW, 30)
    assert past["last_365_days"] == {"completed": 0, "failed": 0, "percentage": 0.0}
    assert len(past["daily"]) == 30


@given(st.lists(st.integers(0, 24 * 400), unique=True, max_size=20), st.integers(2, 365))
def test_the_days_are_all_there_and_lose_nothing(when, days):
    daily = past_of([ago(hours) for hours in when], NOW, days)["daily"]
    assert len({day["day"] for day in daily}) == days
    first = (NOW - timedelta(days=days - 1)).date()
    within = [one for one in when if (THIS_HOUR - timedelta(hours=one)).date() >= first]
    assert sum(day["completed"] for day in daily) == len(within)


def test_what_is_paused_waits_too():
    counts = {JobStatus.PAUSED: 2, JobStatus.QUEUED: 3, JobStatus.FAILED: 1}
    said = standing_of(counts, 12.5, NOW)
    assert (said["total_queued"], said["total_failed"], said["total_completed"]) == (5, 1, 0)


class Counted:
    async def counts(self):
        return {JobStatus.COMPLETED: 7}

    async def since(self, moment):
        assert moment == NOW - timedelta(days=365)
        return [ago(1)]

    async def average(self):
        return 12.5


@pytest.fixture
async def client():
    app = web.Application(middlewares=[errors.middleware])
    app.add_routes(OutcomesApi("/api", Counted(), Counted(), lambda: NOW).routes)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_both_can_be_asked_for(client):
    said = (await (await client.get("/api/queue/stats")).json())["data"]
    assert (said["total_completed"], said["avg_processing_time_ms"]) == (7, 12.5)
    said = (await (await client.get("/api/queue/stats/history?days=7")).json())["data"]
    assert (len(said["daily"]), said["last_7_days"]["completed"]) == (7, 1)


@pytest.mark.parametrize("days", ["0", "366", "x"])
async def test_a_year_is_the_longest(client, days):
    assert (await client.get(f"/api/queue/stats/history?days={days}")).status == 400
