"""The cookie of a login (RFC 6265)."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from altmount.auth.accounts import Login
from altmount.auth.gate import Policy
from altmount.web.credentials import COOKIE


def set_login(request: web.Request, response: web.Response, login: Login, policy: Policy) -> None:
    """Have the browser show a login from now on; no script can read it."""
    response.set_cookie(
        COOKIE,
        login.token,
        max_age=max(0, int((login.expires - datetime.now(UTC)).total_seconds())),
        domain=policy.cookie_domain or None,
        secure=_secure(request, policy),
        httponly=True,
        samesite="Lax",
    )


def drop_login(request: web.Request, response: web.Response, policy: Policy) -> None:
    """Have the browser forget a login."""
    response.del_cookie(
        COOKIE,
        domain=policy.cookie_domain or None,
        secure=_secure(request, policy),
        httponly=True,
        samesite="Lax",
    )


def _secure(request: web.Request, policy: Policy) -> bool:
    return request.secure if policy.cookie_secure is None else policy.cookie_secure
