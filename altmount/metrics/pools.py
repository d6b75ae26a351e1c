"""`/api/system/pool/metrics`, with the ancestor's names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from altmount.aio.climb import Flow
from altmount.articles import Urgency
from altmount.metrics.sample import Account, Sample
from altmount.metrics.watch import ALL, Watch
from altmount.nntp.poolstate import PoolState

_WARNING_RATE = 10
"""So many missing articles a minute call for another provider."""


class PoolMetricsApi:
    """The handler of ``<prefix>/system/pool/metrics``."""

    def __init__(self, prefix: str, watch: Watch) -> None:
        self._prefix = prefix
        self._watch = watch

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        return [web.get(f"{self._prefix}/system/pool/metrics", self.metrics)]

    async def metrics(self, _request: web.Request) -> web.Response:
        """What providers deliver, in all and each."""
        sample = await self._watch.sample()
        return web.json_response({"success": True, "data": as_json(sample, self._watch)})


def as_json(sample: Sample, watch: Watch) -> dict[str, Any]:
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


def _account(account: Account, sample: Sample, watch: Watch) -> dict[str, Any]:
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


def standing(state: PoolState) -> dict[str, Any]:
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


def _bulk(flow: Flow) -> dict[str, Any]:
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
