"""`/live` and `/ready`, and the gate before everything else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from altmount.web.errors import RETRY_AFTER_SECONDS, Handler, error_response
from altmount.web.port import path_of
from altmount.web.readiness import Readiness

OPEN_RESOURCES = frozenset({"/live", "/ready"})
"""What anyone may ask at any time."""


class Probes:
    """What container hosts and load balancers ask."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        return [web.get("/live", self.live), web.get("/ready", self.ready)]

    @property
    def middleware(self) -> Middleware:
        """Answers 503 for everything but the probes until the program is ready."""

        @web.middleware
        async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
            if self._readiness.ready or path_of(request) in OPEN_RESOURCES:
                return await handler(request)
            reason = self._readiness.reason
            return error_response(request, HTTPStatus.SERVICE_UNAVAILABLE, reason)

        return gate

    async def live(self, _request: web.Request) -> web.Response:
        """Whether the process answers at all."""
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return web.json_response({"status": "ok", "timestamp": now})

    async def ready(self, _request: web.Request) -> web.Response:
        """Whether it can serve files."""
        readiness = self._readiness
        said = {"status": readiness.stage.value, "reason": readiness.reason}
        if readiness.ready:
            return web.json_response(said)
        headers = {hdrs.RETRY_AFTER: str(RETRY_AFTER_SECONDS)}
        return web.json_response(said, status=HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)
