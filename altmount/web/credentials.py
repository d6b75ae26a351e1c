"""What a request shows of its sender, and who that was found to be."""

from __future__ import annotations

from aiohttp import hdrs, web

from altmount.auth.caller import Caller, Means, Role
from altmount.auth.claims import Claims, parse_basic, parse_bearer
from altmount.errors import InvalidRequestError
from altmount.signing import SignedPath
from altmount.web.targets import file_of

COOKIE = "JWT"
"""The cookie of a login; the name is the ancestor's."""

_CALLER = web.RequestKey("caller", Caller)
_STRANGER = Caller("", Role.READER, Means.NOTHING)


def claims_of(request: web.Request) -> Claims:
    """What a request shows of its sender."""
    authorization = request.headers.get(hdrs.AUTHORIZATION, "")
    basic = parse_basic(authorization)
    user, password = basic if basic is not None else (None, None)
    return Claims(
        user,
        password,
        request.headers.get("X-Api-Key") or request.query.get("apikey"),
        request.query.get("download_key"),
        request.headers.get("X-JWT") or parse_bearer(authorization),
        request.cookies.get(COOKIE),
    )


def link_of(request: web.Request) -> SignedPath | None:
    """The signature that a request for a file shows, with the file that it asks for."""
    query, resource = request.query, request.match_info.route.resource
    if "signature" not in query or resource is None:
        return None
    url = request.rel_url
    try:
        path = file_of(resource.canonical, url.raw_path, url.raw_query_string)
    except InvalidRequestError:
        return None
    return SignedPath(path, query.get("expires", ""), query["signature"], query.get("id", ""))


def caller_of(request: web.Request) -> Caller:
    """Who sent a request, as the door has found out."""
    caller: Caller = request.get(_CALLER, _STRANGER)
    return caller


def set_caller(request: web.Request, caller: Caller) -> None:
    """Say who sent a request; the door does."""
    request[_CALLER] = caller
