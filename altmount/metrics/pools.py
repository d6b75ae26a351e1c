"""`/api/system/pool/metrics`, with the ancestor's names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from altmount.metrics.sample import Account, Sample
from altmount.metrics.watch import ALL, Watch

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
        "used_connections": state.busy + state.draining,
        "max_connections": state.limit,
        "state": _state(account),
        "error_count": tally.errors.total(),
        "last_connection_attempt": _text(tally.dialled),
        "last_successful_connect": _text(tally.connected),
        "failure_reason": state.trouble,
        "current_speed_bytes_per_sec": round(watch.bytes.rate(provider.id)),
        "missing_count": tally.missing,
        "missing_rate_per_minute": round(missing_rate, 1),
        "missing_warning": missing_rate >= _WARNING_RATE,
        "byte_count": sum(tally.wire_bytes),
        "byte_count_24h": watch.bytes.day(provider.id),
        "started_at": _text(sample.started),
        "line": str(state),
    }


def _state(account: Account) -> str:
    """One word for it."""
    state = account.state
    if not state.trouble:
        return "active"
    return "degraded" if state.idle or state.busy else "offline"


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
