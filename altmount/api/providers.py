"""The accounts: how they are, whether they work, how fast they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from altmount.api.keptclients import Client
from altmount.api.nzbsource import MAX_NZB_BYTES, NzbSource
from altmount.api.providercheck import Check, check
from altmount.api.speedtest import Speed, SpeedTests, Tuned
from altmount.api.trialposts import TrialPost
from altmount.auth.caller import Access
from altmount.db.speedtests import KEPT_DAYS, SpeedTest
from altmount.errors import InvalidRequestError
from altmount.nntp.provider import Provider
from altmount.web.answers import answer
from altmount.web.forms import read_form, read_object
from altmount.web.route import Route

_USUAL_DAYS = 30
_ASKED = frozenset({HTTPStatus.CONFLICT, HTTPStatus.BAD_GATEWAY})


class HistoryQuery(BaseModel):
    """Which speed tests are wanted."""

    days: int = Field(default=_USUAL_DAYS, ge=1, le=KEPT_DAYS)


class SpeedTestBody(BaseModel):
    """What is to be fetched; without it, what is in the library."""

    nzb_url: str | None = None


class SpeedTestForm(BaseModel):
    """What is to be fetched."""

    file: bytes
    """An NZB."""


class CheckBody(BaseModel):
    """An account that may or may not be in the settings, with the names that it has there."""

    model_config = ConfigDict(extra="allow")

    provider_id: str | None = None
    """Of the account whose stored password is meant if none is given."""

    host: str | None = None
    port: int | None = None
    username: str | None = None
    password: str | None = None
    tls: bool | None = None
    insecure_tls: bool | None = None
    proxy_url: str | None = None
    skip_ping: bool | None = None
    """Whether no ``DATE`` is asked."""


class CheckAnswer(TypedDict):
    """What came of trying an account."""

    success: bool
    error_message: str
    rtt_ms: float | None
    clock_behind_seconds: float | None
    step: str
    hint: str


class SpeedAnswer(TypedDict):
    """A speed test."""

    speed_mbps: float
    duration_seconds: float
    bytes: int
    articles: int
    missing: int
    post: str
    warning: str


class TestedDepth(TypedDict):
    """How fast it was with so many requests on the way."""

    depth: int
    mbps: float


class TunedAnswer(TypedDict):
    """A tuning."""

    recommended_inflight: int
    baseline_mbps: float
    best_mbps: float
    improvement_pct: float
    enabled: bool
    test_connections: int
    tested: list[TestedDepth]
    warning: str


class PastTest(TypedDict):
    """A speed test that there was."""

    id: int
    provider_id: str
    speed_mbps: float
    duration_seconds: float
    created_at: str


class HistoryAnswer(TypedDict):
    """The speed tests that there were, the oldest first."""

    history: list[PastTest]


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
    def routes(self) -> Sequence[Route]:
        routes = [
            Route("GET", f"{self._prefix}/providers", self.list, list[dict[str, Any]]),
            Route(
                "POST",
                f"{self._prefix}/providers/test",
                self.check,
                CheckAnswer,
                body=CheckBody,
                who=Access.ADMIN,
            ),
            Route(
                "GET",
                f"{self._prefix}/system/provider-speed-history",
                self.history,
                HistoryAnswer,
                query=HistoryQuery,
            ),
        ]
        for base in (f"{self._prefix}/providers", f"{self._prefix}/config/providers"):
            routes += [
                Route(
                    "POST",
                    f"{base}/{{id}}/speedtest",
                    self.test,
                    SpeedAnswer,
                    _ASKED,
                    form=SpeedTestForm,
                    optional=SpeedTestBody,
                ),
                Route("POST", f"{base}/{{id}}/tune-pipeline", self.tune, TunedAnswer, _ASKED),
            ]
        return routes

    async def list(self, _request: web.Request) -> web.Response:
        """All accounts of the settings, and what those in use are doing."""
        latest = await self._history.latest()
        return answer([self._shown(one, latest) for one in self._directory.listing()])

    async def check(self, _request: web.Request, body: CheckBody) -> web.Response:
        """Whether an account works that need not be in the settings."""
        fields = body.model_dump(exclude_unset=True)
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

    async def history(self, _request: web.Request, query: HistoryQuery) -> web.Response:
        """The speed tests of the last ``days``, the oldest first."""
        since = datetime.now(UTC) - timedelta(days=query.days)
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


def speed_as_json(speed: Speed) -> SpeedAnswer:
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


def tuned_as_json(tuned: Tuned) -> TunedAnswer:
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


def check_as_json(found: Check) -> CheckAnswer:
    """A check as the ancestor's clients know it, and what this program adds."""
    return {
        "success": found.works,
        "error_message": found.error,
        "rtt_ms": None if found.round_trip is None else round(found.round_trip * 1000, 1),
        "clock_behind_seconds": found.clock_behind,
        "step": found.step.value,
        "hint": found.hint,
    }


def _test_as_json(test: SpeedTest) -> PastTest:
    return {
        "id": test.id,
        "provider_id": test.provider,
        "speed_mbps": round(test.megabytes_per_second, 2),
        "duration_seconds": round(test.seconds, 2),
        "created_at": test.created.isoformat(timespec="seconds"),
    }


def _megabytes(rate: float) -> float:
    return round(rate / (1 << 20), 2)
