"""How the program as a whole is."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from aiohttp import web
from typing_extensions import TypedDict

from altmount.jobs import JobStatus
from altmount.library.nodes import Usage
from altmount.library.status import FileStatus
from altmount.metrics.sample import Sample
from altmount.nntp.poolstate import PoolState
from altmount.web.answers import answer
from altmount.web.route import Route


class QueueCounts(TypedDict):
    """How many jobs stand where."""

    total_queued: int
    total_paused: int
    total_processing: int
    total_completed: int
    total_failed: int


class HealthCounts(TypedDict):
    """How many files are how; see the status of a file."""

    total: int
    healthy: int
    unspecified: int
    degraded: int
    corrupted: int


class LibraryCounts(TypedDict):
    """What is in the library; files that clients wrote are among it."""

    files: int
    bytes: int


class StreamCounts(TypedDict):
    """What is sent to players."""

    open: int
    opened: int
    bytes_sent: int


class ProgramFacts(TypedDict):
    """Which program this is, and since when it runs."""

    version: str
    python_version: str
    start_time: str
    uptime: str
    uptime_seconds: int


class StatsAnswer(TypedDict):
    """What there is, in numbers."""

    queue: QueueCounts
    health: HealthCounts
    library: LibraryCounts
    streams: StreamCounts
    system: ProgramFacts


class Component(TypedDict):
    """How a part of the program is: `healthy`, `degraded` or `unhealthy`, and why."""

    status: str
    message: str


class HealthAnswer(TypedDict):
    """How the program is."""

    status: str
    timestamp: str
    components: dict[str, Component]


class Watch(Protocol):
    """Takes samples of the program."""

    async def sample(self) -> Sample: ...


class Library(Protocol):
    """Counts files."""

    async def usage(self) -> Usage: ...

    async def statuses(self) -> Mapping[FileStatus, int]: ...


class SystemApi:
    """The handlers of ``<prefix>/system/stats`` and ``<prefix>/system/health``."""

    def __init__(
        self,
        prefix: str,
        watch: Watch,
        library: Library,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._prefix = f"{prefix}/system"
        self._watch = watch
        self._library = library
        self._now = now

    @property
    def routes(self) -> Sequence[Route]:
        return [
            Route("GET", f"{self._prefix}/stats", self.stats, StatsAnswer),
            Route("GET", f"{self._prefix}/health", self.health, HealthAnswer),
        ]

    async def stats(self, _request: web.Request) -> web.Response:
        """How many jobs, files and streams there are, and since when the program runs."""
        sample, usage = await self._watch.sample(), await self._library.usage()
        return answer(stats_as_json(sample, usage, await self._library.statuses(), self._now()))

    async def health(self, _request: web.Request) -> web.Response:
        """Whether database and providers can be used.

        `degraded` if what is in the library can be looked at, but not all of it be played; 503 if
        it cannot even be looked at.
        """
        sample = await self._watch.sample()
        providers = providers_as_json([account.state for account in sample.accounts])
        said: HealthAnswer = {
            "status": providers["status"],
            "timestamp": _text(self._now()),
            "components": {
                "database": {"status": "healthy", "message": ""},
                "providers": providers,
            },
        }
        return answer(said)


def stats_as_json(
    sample: Sample, usage: Usage, statuses: Mapping[FileStatus, int], now: datetime
) -> StatsAnswer:
    """The numbers with the ancestor's names, and what this program adds."""
    jobs = {status: sample.jobs.get(status.value, 0) for status in JobStatus}
    clients = sample.clients
    uptime = max(now - sample.started, timedelta())
    return {
        "queue": {
            "total_queued": jobs[JobStatus.QUEUED],
            "total_paused": jobs[JobStatus.PAUSED],
            "total_processing": jobs[JobStatus.RUNNING],
            "total_completed": jobs[JobStatus.COMPLETED],
            "total_failed": jobs[JobStatus.FAILED],
        },
        "health": {
            "total": sum(statuses.values()),
            "healthy": statuses.get(FileStatus.HEALTHY, 0),
            "unspecified": statuses.get(FileStatus.UNVERIFIED, 0),
            "degraded": statuses.get(FileStatus.DEGRADED, 0),
            "corrupted": statuses.get(FileStatus.DAMAGED, 0),
        },
        "library": {"files": usage.files, "bytes": usage.size},
        "streams": {
            "open": sum(clients.open.values()),
            "opened": sum(clients.opened.values()),
            "bytes_sent": clients.sent_bytes,
        },
        "system": {
            "version": sample.version,
            "python_version": platform.python_version(),
            "start_time": _text(sample.started),
            "uptime": duration(uptime),
            "uptime_seconds": int(uptime.total_seconds()),
        },
    }


def providers_as_json(states: Iterable[PoolState]) -> Component:
    """How the accounts are, taken together."""
    states = list(states)
    troubles = [state.trouble for state in states if state.trouble]
    if not states:
        return {"status": "degraded", "message": "no provider is enabled"}
    if not troubles:
        return {"status": "healthy", "message": ""}
    message = f"{len(troubles)} of {len(states)} cannot be used as they should: {troubles[0]}"
    return {"status": "degraded", "message": message}


def duration(time: timedelta) -> str:
    """A time in words as the ancestor writes it: ``26h3m5s``."""
    minutes, seconds = divmod(int(time.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{seconds}s"
    if hours or minutes:
        text = f"{minutes}m{text}"
    return f"{hours}h{text}" if hours else text


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
