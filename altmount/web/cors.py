"""Which web pages may call the program from a browser (Fetch standard, CORS protocol)."""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from altmount.web.errors import Handler

_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_HEADERS = "Authorization, Content-Type, Range, If-Range, X-Api-Key"
_EXPOSED = "Content-Length, Content-Range, Accept-Ranges, ETag, Last-Modified, Retry-After"


def middleware(allowed_origins: Collection[str]) -> Middleware:
    """Answer preflights, and mark answers, for these origins; ``*`` stands for all."""

    @web.middleware
    async def cors(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get(hdrs.ORIGIN, "")
        known = bool(origin) and ("*" in allowed_origins or origin.lower() in allowed_origins)
        asks = hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
        if known and asks and request.method == hdrs.METH_OPTIONS:
            response = web.Response(status=HTTPStatus.NO_CONTENT)
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = _METHODS
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = _HEADERS
            response.headers[hdrs.VARY] = hdrs.ORIGIN
            return response
        return await handler(request)

    return cors


async def mark(
    request: web.Request, response: web.StreamResponse, allowed_origins: Collection[str]
) -> None:
    """Let the page that asked read the answer; for ``on_response_prepare``."""
    origin = request.headers.get(hdrs.ORIGIN, "")
    if origin and ("*" in allowed_origins or origin.lower() in allowed_origins):
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _EXPOSED
        response.headers.add(hdrs.VARY, hdrs.ORIGIN)
