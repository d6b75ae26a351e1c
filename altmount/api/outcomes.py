"""How many imports there are, and what came of those that ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from aiohttp import web
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from altmount.db.statistics import Outcomes
from altmount.jobs import JobStatus
from altmount.web.answers import answer
from altmount.web.route import Route

_YEAR = 365
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class StandingAnswer(TypedDict):
    """How many jobs stand where, and how long a completed one took."""

    total_queued: int
    total_processing: int
    total_completed: int
    total_failed: int
    avg_processing_time_ms: float
    last_updated: str


class OutcomeAnswer(TypedDict):
    """What came of the imports of some time; `percentage` is how many of 100 were completed."""

    completed: int
    failed: int
    percentage: float


class DayAnswer(TypedDict):
    """What came of the imports of a day (UTC), or of an hour."""

    day: str
    completed: int
    failed: int


class PastAnswer(TypedDict):
    """What came of imports until now."""

    last_24_hours: OutcomeAnswer
    last_7_days: OutcomeAnswer
    last_30_days: OutcomeAnswer
    last_365_days: OutcomeAnswer
    daily: list[DayAnswer]


class PastQuery(BaseModel):
    """Which days are wanted."""

    days: int = Field(default=30, ge=1, le=_YEAR)
    """How many, with today; for 1 the last 24 hours are told hour by hour."""


class Jobs(Protocol):
    """The jobs that are stored."""

    async def counts(self) -> dict[JobStatus, int]: ...


class Statistics(Protocol):
    """What was counted of imports that ended."""

    async def since(self, moment: datetime) -> Sequence[Outcomes]: ...

    async def average(self) -> float: ...


class OutcomesApi:
    """The handlers of ``<prefix>/queue/stats``."""

    def __init__(
        self,
        prefix: str,
        jobs: Jobs,
        statistics: Statistics,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._prefix = prefix
        self._jobs = jobs
        self._statistics = statistics
        self._now = now

    @property
    def routes(self) -> Sequence[Route]:
        stats = f"{self._prefix}/queue/stats"
        return [
            Route("GET", stats, self.standing, StandingAnswer),
            Route("GET", f"{stats}/history", self.past, PastAnswer, query=PastQuery),
        ]

    async def standing(self, _request: web.Request) -> web.Response:
        """How many jobs wait, run, are completed and have failed."""
        counts = await self._jobs.counts()
        average = await self._statistics.average()
        return answer(standing_of(counts, average, self._now()))

    async def past(self, _request: web.Request, query: PastQuery) -> web.Response:
        """How many imports were completed and how many failed, in all and by the day."""
        now = self._now()
        hours = await self._statistics.since(now - _DAY * _YEAR)
        return answer(past_of(hours, now, query.days))


def standing_of(counts: Mapping[JobStatus, int], average: float, now: datetime) -> StandingAnswer:
    """How many jobs stand where; those that are paused are queued, too."""
    return {
        "total_queued": counts.get(JobStatus.QUEUED, 0) + counts.get(JobStatus.PAUSED, 0),
        "total_processing": counts.get(JobStatus.RUNNING, 0),
        "total_completed": counts.get(JobStatus.COMPLETED, 0),
        "total_failed": counts.get(JobStatus.FAILED, 0),
        "avg_processing_time_ms": average,
        "last_updated": now.isoformat(),
    }


def past_of(hours: Sequence[Outcomes], now: datetime, days: int) -> PastAnswer:
    """What came of imports until a moment, with each day of the last ``days``, the oldest first.

    An hour counts whole if it began within the time. What is empty is told as 0.
    """
    return {
        "last_24_hours": _sum(hours, now - _DAY),
        "last_7_days": _sum(hours, now - _DAY * 7),
        "last_30_days": _sum(hours, now - _DAY * 30),
        "last_365_days": _sum(hours, now - _DAY * _YEAR),
        "daily": _by_hour(hours, now) if days == 1 else _by_day(hours, now, days),
    }


def _sum(hours: Iterable[Outcomes], start: datetime) -> OutcomeAnswer:
    within = [one for one in hours if one.hour > start]
    completed, failed = sum(one.completed for one in within), sum(one.failed for one in within)
    ended = completed + failed
    percentage = round(100 * completed / ended, 1) if ended else 0.0
    return {"completed": completed, "failed": failed, "percentage": percentage}


def _by_hour(hours: Iterable[Outcomes], now: datetime) -> list[DayAnswer]:
    last = now.replace(minute=0, second=0, microsecond=0)
    names = [(last - _HOUR * ago).isoformat() for ago in reversed(range(24))]
    return _buckets(names, ((one.hour.isoformat(), one) for one in hours))


def _by_day(hours: Iterable[Outcomes], now: datetime, days: int) -> list[DayAnswer]:
    names = [(now - _DAY * ago).date().isoformat() for ago in reversed(range(days))]
    return _buckets(names, ((one.hour.date().isoformat(), one) for one in hours))


def _buckets(names: Iterable[str], outcomes: Iterable[tuple[str, Outcomes]]) -> list[DayAnswer]:
    found: dict[str, DayAnswer] = {
        name: {"day": name, "completed": 0, "failed": 0} for name in names
    }
    for name, one in outcomes:
        if name in found:
            found[name]["completed"] += one.completed
            found[name]["failed"] += one.failed
    return list(found.values())
