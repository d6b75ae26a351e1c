"""The door: every request shows who sent it, or is turned away."""

from __future__ import annotations

import math
from collections.abc import Set as AbstractSet
from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from altmount.web.attempts import FailedLogins
from altmount.web.credentials import Claims, Credentials, parse_basic
from altmount.web.errors import Handler, error_response

_READING = frozenset({"OPTIONS", "GET", "HEAD", "PROPFIND"})
"""The methods that change nothing."""

_CHALLENGE = 'Basic realm="altmount", charset="UTF-8"'


def middleware(
    credentials: Credentials,
    failures: FailedLogins,
    *,
    open_resources: AbstractSet[str],
    download_resources: AbstractSet[str],
    guarded_resources: AbstractSet[str] = frozenset(),
) -> Middleware:
    """Let in who may come in; resources are named by their canonical paths.

    A right key is always let in, since keys are too long to be guessed; so one who guesses
    passwords locks out neither players nor scripts that share its address.

    Args:
        credentials: What opens the door.
        failures: Who must wait after too many wrong passwords.
        open_resources: What anyone may ask.
        download_resources: What a GET or HEAD with a download key may ask.
        guarded_resources: What is only changed by who logs in, even where everyone may read.
    """

    @web.middleware
    async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        name = resource.canonical if resource is not None else ""
        may_read = not credentials.login_required
        if name in open_resources or (
            may_read and (request.method in _READING or name not in guarded_resources)
        ):
            return await handler(request)
        claims = claims_of(request)
        reading = request.method in {hdrs.METH_GET, hdrs.METH_HEAD}
        if credentials.accept_key(claims, download=reading and name in download_resources):
            return await handler(request)
        address = request.remote or ""
        if claims and (seconds := failures.wait_seconds(address)):
            headers = {"Retry-After": str(math.ceil(seconds))}
            said = "too many wrong logins from this address"
            return error_response(request, HTTPStatus.TOO_MANY_REQUESTS, said, headers)
        if credentials.accept_password(claims):
            return await handler(request)
        if claims:
            failures.add(address, hash(claims))
        said = "wrong user, password or key" if claims else "no user, password or key was given"
        headers = {"WWW-Authenticate": _CHALLENGE}
        return error_response(request, HTTPStatus.UNAUTHORIZED, said, headers)

    return door


def claims_of(request: web.Request) -> Claims:
    """What a request shows of its sender."""
    basic = parse_basic(request.headers.get(hdrs.AUTHORIZATION, ""))
    user, password = basic if basic is not None else (None, None)
    api_key = request.headers.get("X-Api-Key") or request.query.get("apikey")
    return Claims(user, password, api_key, request.query.get("download_key"))
