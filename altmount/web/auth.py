"""The door: every request shows who sent it, or is turned away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from altmount.auth.caller import NOBODY, Access, Caller
from altmount.auth.claims import Claims
from altmount.auth.gate import Gate
from altmount.web.attempts import FailedLogins
from altmount.web.credentials import claims_of, link_of, set_caller
from altmount.web.errors import Handler, error_response, too_many, wants_json
from altmount.web.origin import foreign
from altmount.web.permits import READING, Permits

_CHALLENGE = 'Basic realm="altmount", charset="UTF-8"'
_QUIET_CHALLENGE = 'Bearer realm="altmount"'
"""For the API: at the other, a browser asks for a password in a window of its own."""

_SHARE = frozenset({Access.SHARE, Access.SHARE_CHANGE})


class Door:
    """Finds out who is calling, and lets in who may ask for what is asked for.

    A right key is always let in, since keys are too long to be guessed; so one who guesses
    passwords locks out neither players nor scripts that share its address.

    Args:
        gate: Knows whose credentials they are.
        permits: Says who may ask for what.
        failures: Who must wait after too many wrong passwords.
        freshen: Looks whether it has changed who may come in.
    """

    def __init__(
        self,
        gate: Gate,
        permits: Permits,
        failures: FailedLogins,
        freshen: Callable[[], Awaitable[None]],
    ) -> None:
        self._gate = gate
        self._permits = permits
        self._failures = failures
        self._freshen = freshen

    @property
    def middleware(self) -> Middleware:
        @web.middleware
        async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
            await self._freshen()
            refusal = self._refusal(request)
            return refusal if refusal is not None else await handler(request)

        return door

    def _refusal(self, request: web.Request) -> web.Response | None:
        """What a request is turned away with; None if it is let in."""
        resource = request.match_info.route.resource
        name = resource.canonical if resource is not None else ""
        access = self._permits.access(request.method, name)
        if access is Access.OWN:
            return None
        caller = NOBODY
        if access is not Access.OPEN:
            claims = claims_of(request)
            if access is Access.FILES:
                claims = replace(claims, link=link_of(request))
            wait = self._failures.wait_seconds(request.remote or "") if claims else 0.0
            found = self._found(request, claims, access, guess=not wait)
            asked = self._gate.policy.login_required or access.kept
            if found is not None and (found.may(access) or asked):
                caller = found
            elif asked:
                if wait:
                    return too_many(request, "too many wrong logins from this address", wait)
                return _unknown(request, claims, access)
            if not caller.may(access):
                return _forbidden(request, caller, access)
        if caller.ambient and request.method not in READING and self._foreign(request):
            said = "a page of another site may not do that with your login"
            hint = "If it is a page of yours, add its origin to api.allowed_origins."
            return error_response(request, HTTPStatus.FORBIDDEN, said, hint=hint)
        set_caller(request, caller)
        return None

    def _found(
        self, request: web.Request, claims: Claims, access: Access, *, guess: bool
    ) -> Caller | None:
        """Who is calling: of several, one who may do it. ``guess``: whether passwords count."""
        if claims.user is not None and access in _SHARE:
            claims = replace(claims, cookie=None)  # WebDAV clients log in as they say
        found = None
        for caller in self._gate.by_secrets(claims):
            if caller.may(access):
                return caller
            found = found or caller
        if not guess or not claims:
            return found
        by_password = self._gate.by_password(claims)
        if by_password is None and found is None:
            self._failures.add(request.remote or "", hash(claims))
        return by_password or found

    def _foreign(self, request: web.Request) -> bool:
        headers = request.headers
        return foreign(
            headers.get("Sec-Fetch-Site"),
            headers.get(hdrs.ORIGIN),
            request.host,
            self._gate.policy.allowed_origins,
        )


def _unknown(request: web.Request, claims: Claims, access: Access) -> web.Response:
    quiet = not access.kept and wants_json(request)
    headers = {"WWW-Authenticate": _QUIET_CHALLENGE if quiet else _CHALLENGE}
    said = "wrong user, password or key" if claims else "no user, password or key was given"
    return error_response(request, HTTPStatus.UNAUTHORIZED, said, headers)


def _forbidden(request: web.Request, caller: Caller, access: Access) -> web.Response:
    said = f"{caller.name or 'whoever has this link'} may not do that: it is for {access.value}"
    hint = "Use another key or another account, or have an admin change the role of this one."
    return error_response(request, HTTPStatus.FORBIDDEN, said, hint=hint)
