"""`/api/system/pool/metrics`, with the ancestor's names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from aiohttp import web
from typing_extensions import TypedDict

from altmount.aio.climb import Flow
from altmount.articles import Urgency
from altmount.metrics.sample import Account, Sample
from altmount.metrics.watch import ALL, Watch
from altmount.nntp.poolstate import PoolState
from altmount.web.answers import answer
from altmount.web.route import Route

_WARNING_RATE = 10
"""So many missing articles a minute call for another provider."""


class Bulk(TypedDict):
    """What is fetched ahead, and what limits it."""

    bytes_in_flight: int
    limit_bytes: int
    limited_by: str
    bytes_per_second: int
    round_trip_seconds: float


class Connections(TypedDict):
    """How many connections of an account are in which state."""

    dialling: int
    idle: int
    busy: int
    draining: int
    closing: int
    taken: int


class Standing(TypedDict):
    """How an account stands."""

    state: str
    account_state: str
    breaker: str
    failure_reason: str
    used_connections: int
    max_connections: int
    allowed_connections: int
    connections: Connections
    waiting: dict[str, int]
    unanswered: int
    bulk: Bulk
    quota_used: int
    quota_total: int
    quota_reset_at: str | None
    quota_exceeded: bool
    line: str


class PoolAnswer(Standing):
    """What an account delivers, and how it stands."""

    id: str
    name: str
    host: str
    username: str
    error_count: int
    last_connection_attempt: str | None
    last_successful_connect: str | None
    current_speed_bytes_per_sec: int
    wrong_count: int
    late_count: int
    overtaken_count: int
    missing_count: int
    missing_rate_per_minute: float
    missing_warning: bool
    byte_count: int
    byte_count_24h: int
    started_at: str | None


class PoolsAnswer(TypedDict):
    """What providers deliver, in all and each."""

    bytes_downloaded: int
    bytes_downloaded_24h: int
    bytes_uploaded: int
    articles_downloaded: int
    articles_posted: int
    total_errors: int
    provider_errors: dict[str, int]
    provider_bytes: dict[str, int]
    download_speed_bytes_per_sec: int
    max_download_speed_bytes_per_sec: int
    upload_speed_bytes_per_sec: int
    timestamp: str | None
    started_at: str | None
    read_amplification: float | None
    bulk: Bulk
    providers: list[PoolAnswer]


class PoolMetricsApi:
    """The handler of ``<prefix>/system/pool/metrics``."""

    def __init__(self, prefix: str, watch: Watch) -> None:
        self._prefix = prefix
        self._watch = watch

    @property
    def routes(self) -> Sequence[Route]:
        path = f"{self._prefix}/system/pool/metrics"
        return [Route("GET", path, self.metrics, PoolsAnswer)]

    async def metrics(self, _request: web.Request) -> web.Response:
        """What providers deliver, in all and each."""
        sample = await self._watch.sample()
        return answer(as_json(sample, self._watch))


def as_json(sample: Sample, watch: Watch) -> PoolsAnswer:
    """A sample as the ancestor's clients know it, and what this program adds."""
    accounts = sample.accounts
    return {
        "bytes_downloaded": sum(sum(account.tally.wire_bytes) for account in accounts),
        "bytes_downloaded_24h": watch.bytes.day(ALL),
        "bytes_uploaded": 0,
        "articles_downloaded": sum(sum(account.tally.articles) for account in accounts),
        "articles_posted": 0,
        "total_errors": sum(account.tally.errors.total() for account in accounts),
        "provider_errors": {one.provider.id: one.tally.errors.total() for one in accounts},
        "provider_bytes": {one.provider.id: sum(one.tally.wire_bytes) for one in accounts},
        "download_speed_bytes_per_sec": round(watch.bytes.rate(ALL)),
        "max_download_speed_bytes_per_sec": round(watch.bytes.peak(ALL)),
        "upload_speed_bytes_per_sec": 0,
        "timestamp": _text(datetime.now(UTC)),
        "started_at": _text(sample.started),
        "read_amplification": sample.amplification,
        "bulk": _bulk(sample.line),
        "providers": [_account(account, sample, watch) for account in accounts],
    }


def _account(account: Account, sample: Sample, watch: Watch) -> PoolAnswer:
    provider, tally, state = account.provider, account.tally, account.state
    missing_rate = watch.missing.rate(provider.id) * 60
    return {
        "id": provider.id,
        "name": provider.label,
        "host": provider.host,
        "username": provider.credentials.username if provider.credentials else "",
        "error_count": tally.errors.total(),
        "last_connection_attempt": _text(tally.dialled),
        "last_successful_connect": _text(tally.connected),
        "current_speed_bytes_per_sec": round(watch.bytes.rate(provider.id)),
        "wrong_count": tally.wrong,
        "late_count": tally.late,
        "overtaken_count": tally.overtaken,
        "missing_count": tally.missing,
        "missing_rate_per_minute": round(missing_rate, 1),
        "missing_warning": missing_rate >= _WARNING_RATE,
        "byte_count": sum(tally.wire_bytes),
        "byte_count_24h": watch.bytes.day(provider.id),
        "started_at": _text(sample.started),
        **standing(state),
    }


def standing(state: PoolState) -> Standing:
    """How an account stands."""
    quota = state.quota
    return {
        "state": _state(state),
        "account_state": state.account.value,
        "breaker": state.breaker.value,
        "failure_reason": state.trouble,
        "used_connections": state.busy + state.draining,
        "max_connections": state.limit,
        "allowed_connections": state.allowed,
        "connections": {
            "dialling": state.dialling,
            "idle": state.idle,
            "busy": state.busy,
            "draining": state.draining,
            "closing": state.closing,
            "taken": state.taken,
        },
        "waiting": {
            urgency.name.lower(): count
            for urgency, count in zip(Urgency, state.waiting, strict=True)
        },
        "unanswered": state.unanswered,
        "bulk": _bulk(state.bulk),
        "quota_used": quota.used,
        "quota_total": quota.limit,
        "quota_reset_at": None if quota.resets_at is None else _moment(quota.resets_at),
        "quota_exceeded": 0 < quota.limit <= quota.used,
        "line": str(state),
    }


def _bulk(flow: Flow) -> Bulk:
    return {
        "bytes_in_flight": flow.in_flight,
        "limit_bytes": flow.limit,
        "limited_by": str(flow.why),
        "bytes_per_second": round(flow.rate),
        "round_trip_seconds": round(flow.round_trip, 4),
    }


def _moment(seconds: float) -> str | None:
    try:
        return _text(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None  # after the year 9999


def _state(state: PoolState) -> str:
    """One word for it."""
    if not state.trouble:
        return "active"
    return "degraded" if state.idle or state.busy else "offline"


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
