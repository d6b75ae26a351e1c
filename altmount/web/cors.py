"""Which web pages may call the program from a browser (Fetch standard, CORS protocol)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from altmount.web.errors import Handler

_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_HEADERS = "Authorization, Content-Type, Range, If-Range, Last-Event-ID, X-Api-Key, X-JWT"
_EXPOSED = "Content-Length, Content-Range, Accept-Ranges, ETag, Last-Modified, Retry-After"
_REMEMBERED_SECONDS = "600"


class Cors:
    """Answers preflights, and marks answers, for origins that are allowed.

    ``*`` stands for all of them, and lets none use the login of whoever sits before the browser;
    nor may ``null``, which any page can be.

    Args:
        allowed: Gives the origins.
    """

    def __init__(self, allowed: Callable[[], Collection[str]]) -> None:
        self._allowed = allowed

    @property
    def middleware(self) -> Middleware:
        @web.middleware
        async def cors(request: web.Request, handler: Handler) -> web.StreamResponse:
            asks = hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
            if not asks or request.method != hdrs.METH_OPTIONS or not self._origin(request):
                return await handler(request)
            response = web.Response(status=HTTPStatus.NO_CONTENT)
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = _METHODS
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = _HEADERS
            response.headers[hdrs.ACCESS_CONTROL_MAX_AGE] = _REMEMBERED_SECONDS
            return response

        return cors

    async def mark(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let the page that asked read the answer; for ``on_response_prepare``."""
        if not (origin := self._origin(request)):
            return
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _EXPOSED
        response.headers.add(hdrs.VARY, hdrs.ORIGIN)
        if origin.lower() in set(self._allowed()) - {"null"}:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"

    def _origin(self, request: web.Request) -> str:
        """The origin that asks, if it is allowed."""
        origin = request.headers.get(hdrs.ORIGIN, "")
        allowed = self._allowed()
        return origin if origin and ("*" in allowed or origin.lower() in allowed) else ""
