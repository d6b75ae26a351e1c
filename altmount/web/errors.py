"""How errors look from outside: the one table from kinds of error to statuses, and one shape."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from aiohttp import hdrs, web

from altmount.auth.errors import WrongLoginError
from altmount.errors import (
    AltmountError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    ObstacleError,
    PermanentError,
    TemporaryError,
)
from altmount.jobs import JobStateError
from altmount.library.errors import NoRoomError, TooLargeError
from altmount.web.port import path_of

RETRY_AFTER_SECONDS = 10
"""When a client that met a passing trouble should come again."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_log = logging.getLogger(__name__)

_STATUS: dict[type[AltmountError], HTTPStatus] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    JobStateError: HTTPStatus.CONFLICT,
    TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    NoRoomError: HTTPStatus.INSUFFICIENT_STORAGE,
    InvalidRequestError: HTTPStatus.BAD_REQUEST,
    WrongLoginError: HTTPStatus.UNAUTHORIZED,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    ObstacleError: HTTPStatus.CONFLICT,
    TemporaryError: HTTPStatus.SERVICE_UNAVAILABLE,
    PermanentError: HTTPStatus.BAD_GATEWAY,
    AltmountError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
_HINTS = {
    HTTPStatus.BAD_REQUEST: "Asking again in the same way will not help.",
    HTTPStatus.UNAUTHORIZED: "Log in, or give the WebDAV user and password, or an API key.",
    HTTPStatus.FORBIDDEN: "The program needs it as it is.",
    HTTPStatus.NOT_FOUND: "Look at the folder's listing: it may have been renamed or removed.",
    HTTPStatus.CONFLICT: "Look at its present state first.",
    HTTPStatus.TOO_MANY_REQUESTS: "Wait, and check the user name and password.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "This is a fault of the program; its log says more.",
    HTTPStatus.BAD_GATEWAY: "Trying again will not help; another release of it may.",
    HTTPStatus.SERVICE_UNAVAILABLE: "It may pass: try again in a few seconds.",
}


def status_of(error: AltmountError) -> HTTPStatus:
    """Find the status of the nearest kind of error that has one."""
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


def error_response(
    request: web.Request,
    status: HTTPStatus,
    message: str,
    headers: Mapping[str, str] | None = None,
    *,
    hint: str | None = None,
) -> web.Response:
    """An answer that says what is wrong, and what can be done about it; a status has its hint.

    Under ``/api``, and wherever JSON is asked for, it is the API's envelope; elsewhere text.
    """
    hint = _HINTS.get(status, "") if hint is None else hint
    response = _envelope(status, message, hint) if wants_json(request) else _text(message, hint)
    response.set_status(status)
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers[hdrs.RETRY_AFTER] = str(RETRY_AFTER_SECONDS)
    response.headers.update(headers or {})
    return response


def too_many(request: web.Request, message: str, seconds: float) -> web.Response:
    """The answer to an address that has to wait for so long."""
    headers = {"Retry-After": str(math.ceil(seconds))}
    return error_response(request, HTTPStatus.TOO_MANY_REQUESTS, message, headers)


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Make every error an answer, where it is not too late for one.

    Where bytes have been sent already the error goes on, and aiohttp drops the connection:
    that tells the client the truth, and a second status line would not.
    """
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if _begun(request):  # aiohttp would send this one, in the middle of the body
            raise RuntimeError(f"{answer.status} came after the answer had begun") from answer
        if answer.status < HTTPStatus.BAD_REQUEST:
            raise
        status = HTTPStatus(answer.status)
        kept = {
            name: value
            for name, value in answer.headers.items()
            if name not in {hdrs.CONTENT_TYPE, hdrs.CONTENT_LENGTH}
        }
        return error_response(request, status, _sentence(answer, status), kept)
    except AltmountError as error:
        if _begun(request):
            raise
        return error_response(request, status_of(error), str(error))
    except Exception:
        if _begun(request):
            raise
        _log.exception("%s %r failed", request.method, request.path)
        return error_response(
            request, HTTPStatus.INTERNAL_SERVER_ERROR, "something went wrong in here"
        )


def _begun(request: web.Request) -> bool:
    return request.writer.output_size > 0


def wants_json(request: web.Request) -> bool:
    """Whether an error is told in the API's envelope."""
    return (
        path_of(request).startswith("/api")
        or "application/json" in request.headers.get(hdrs.ACCEPT, "").lower()
    )


def _envelope(status: HTTPStatus, message: str, hint: str) -> web.Response:
    error = {"code": status.name, "message": message, "details": hint}
    return web.json_response({"success": False, "error": error})


def _text(message: str, hint: str) -> web.Response:
    lines = [line for line in (message, hint) if line]
    return web.Response(text="\n".join([*lines, ""]))


def _sentence(answer: web.HTTPException, status: HTTPStatus) -> str:
    text = answer.text or ""
    said = text if text != f"{answer.status}: {answer.reason}" else ""
    return said or status.description or status.phrase
