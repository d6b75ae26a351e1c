"""The accounts: how they are, whether they work, how fast they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from aiohttp import web

from altmount.api.answers import answer
from altmount.api.keptclients import Client
from altmount.api.nzbsource import MAX_NZB_BYTES, NzbSource
from altmount.api.providercheck import Check, check
from altmount.api.speedtest import Speed, SpeedTests, Tuned
from altmount.api.trialposts import TrialPost
from altmount.db.speedtests import KEPT_DAYS, SpeedTest
from altmount.errors import InvalidRequestError
from altmount.nntp.provider import Provider
from altmount.web.forms import read_form, read_object

_DAYS = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_USUAL_DAYS = "30"


class Directory(Protocol):
    """The accounts of the settings, in use or not."""

    def find(self, provider_id: str) -> Provider:
        """The account of an id. Raises NotFoundError."""

    def listing(self) -> list[dict[str, Any]]:
        """All of them with the names of their settings, without their passwords."""

    def parse(self, fields: dict[str, Any]) -> Provider:
        """The account that a client describes; an empty password is that of its ``provider_id``.

        Raises InvalidRequestError.
        """


class History(Protocol):
    """The speed tests there were."""

    async def since(self, moment: datetime) -> list[SpeedTest]: ...

    async def latest(self) -> dict[str, SpeedTest]: ...


class ProvidersApi:
    """The handlers of ``<prefix>/providers``, and of where the ancestor had some of them."""

    def __init__(
        self,
        prefix: str,
        directory: Directory,
        tests: SpeedTests,
        nzbs: NzbSource,
        history: History,
        *,
        open_client: Callable[[Provider], Client],
        state_of: Callable[[str], dict[str, Any]],
    ) -> None:
        """Serve accounts.

        Args:
            prefix: Of the API.
            directory: The accounts of the settings.
            tests: Runs speed tests.
            nzbs: Makes posts of NZBs that are sent.
            history: The tests there were.
            open_client: Makes a pool of one connection for an account.
            state_of: What the account of an id is doing; nothing if it is not in use.
        """
        self._prefix = prefix
        self._directory = directory
        self._tests = tests
        self._nzbs = nzbs
        self._history = history
        self._open_client = open_client
        self._state_of = state_of
        self._round_trips: dict[str, float] = {}

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        routes = [
            web.get(f"{self._prefix}/providers", self.list),
            web.post(f"{self._prefix}/providers/test", self.check),
            web.get(f"{self._prefix}/system/provider-speed-history", self.history),
        ]
        for base in (f"{self._prefix}/providers", f"{self._prefix}/config/providers"):
            routes += [
                web.post(f"{base}/{{id}}/speedtest", self.test),
                web.post(f"{base}/{{id}}/tune-pipeline", self.tune),
            ]
        return routes

    async def list(self, _request: web.Request) -> web.Response:
        """All accounts of the settings, and what those in use are doing."""
        latest = await self._history.latest()
        return answer([self._shown(one, latest) for one in self._directory.listing()])

    async def check(self, request: web.Request) -> web.Response:
        """Whether an account works that need not be in the settings."""
        fields = await read_object(request)
        ping = fields.get("skip_ping", False) is not True
        provider = self._directory.parse(fields)
        found = await check(provider, self._open_client, ping=ping)
        provider_id = fields.get("provider_id")
        if isinstance(provider_id, str) and found.round_trip is not None:
            self._round_trips[provider_id] = found.round_trip
        return answer(check_as_json(found))

    async def test(self, request: web.Request) -> web.Response:
        """How fast an account is."""
        post = await self._post(request)
        return answer(speed_as_json(await self._tests.test(request.match_info["id"], post)))

    async def tune(self, request: web.Request) -> web.Response:
        """How deep to pipeline with an account."""
        return answer(tuned_as_json(await self._tests.tune(request.match_info["id"])))

    async def history(self, request: web.Request) -> web.Response:
        """The speed tests of the last ``days``, the oldest first."""
        text = request.query.get("days", _USUAL_DAYS)
        if not _DAYS.fullmatch(text) or int(text) > KEPT_DAYS:
            raise InvalidRequestError(f"days is a number from 1 to {KEPT_DAYS}")
        since = datetime.now(UTC) - timedelta(days=int(text))
        tests = await self._history.since(since)
        return answer({"history": [_test_as_json(test) for test in tests]})

    async def _post(self, request: web.Request) -> TrialPost | None:
        """What a client wants to be fetched; nothing if it does not say."""
        self._directory.find(request.match_info["id"])  # before anything large is read
        if request.content_type == "multipart/form-data":
            fields = await read_form(request, {"file": MAX_NZB_BYTES})
            if "file" not in fields:
                raise InvalidRequestError("the form has no `file`; send the NZB as that")
            name, data = fields["file"]
            return await self._nzbs.from_bytes(data, name[:200] or "that NZB")
        if not request.can_read_body:
            return None
        wanted = (await read_object(request)).get("nzb_url")
        if wanted is None:
            return None
        if not isinstance(wanted, str):
            raise InvalidRequestError("nzb_url is a URL")
        return await self._nzbs.from_url(wanted)

    def _shown(self, settings: dict[str, Any], latest: dict[str, SpeedTest]) -> dict[str, Any]:
        provider_id = settings["id"]
        test = latest.get(provider_id)
        round_trip = self._round_trips.get(provider_id)
        return {
            **settings,
            "last_rtt_ms": None if round_trip is None else round(round_trip * 1000, 1),
            "last_speed_test_mbps": round(test.megabytes_per_second, 2) if test else None,
            "last_speed_test_time": test.created.isoformat(timespec="seconds") if test else None,
            **self._state_of(provider_id),
        }


def speed_as_json(speed: Speed) -> dict[str, Any]:
    """A speed test as the ancestor's clients know it, and what this program adds."""
    measured = speed.measured
    return {
        # Megabytes, in spite of the name: bytes / 2^20, as it always was.
        "speed_mbps": round(speed.megabytes_per_second, 2),
        "duration_seconds": round(measured.seconds, 2),
        "bytes": measured.bytes,
        "articles": measured.articles,
        "missing": measured.missing,
        "post": speed.post,
        "warning": speed.warning,
    }


def tuned_as_json(tuned: Tuned) -> dict[str, Any]:
    """A tuning as the ancestor's clients know it."""
    advice = tuned.recommendation
    return {
        "recommended_inflight": advice.depth,
        "baseline_mbps": _megabytes(advice.baseline),
        "best_mbps": _megabytes(advice.best),
        "improvement_pct": round(advice.improvement, 2),
        "enabled": advice.worthwhile,
        "test_connections": tuned.connections,
        "tested": [
            {"depth": depth, "mbps": _megabytes(speed)} for depth, speed in tuned.speeds.items()
        ],
        "warning": advice.warning,
    }


def check_as_json(found: Check) -> dict[str, Any]:
    """A check as the ancestor's clients know it, and what this program adds."""
    return {
        "success": found.works,
        "error_message": found.error,
        "rtt_ms": None if found.round_trip is None else round(found.round_trip * 1000, 1),
        "step": found.step.value,
        "hint": found.hint,
    }


def _test_as_json(test: SpeedTest) -> dict[str, Any]:
    return {
        "id": test.id,
        "provider_id": test.provider,
        "speed_mbps": round(test.megabytes_per_second, 2),
        "duration_seconds": round(test.seconds, 2),
        "created_at": test.created.isoformat(timespec="seconds"),
    }


def _megabytes(rate: float) -> float:
    return round(rate / (1 << 20), 2)
