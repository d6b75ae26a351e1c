"""Logging in, and the first account."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import hdrs, web
from pydantic import BaseModel, Field

from altmount.api.answers import answer
from altmount.api.user import account_as_json
from altmount.api.whole import whole
from altmount.auth.accounts import Accounts, Login
from altmount.auth.caller import Access
from altmount.auth.gate import Gate
from altmount.auth.keyring import Keyring
from altmount.auth.passwords import LONGEST
from altmount.errors import ForbiddenError
from altmount.web.cookies import set_login
from altmount.web.forms import read_model
from altmount.web.tries import Tries


class LoginBody(BaseModel):
    """Who logs in."""

    username: str = Field(max_length=LONGEST)
    """Name or e-mail address of the account."""

    password: str = Field(max_length=LONGEST)


class RegisterBody(BaseModel):
    """Who comes first."""

    username: str
    email: str | None = None
    password: str


class ResetBody(BaseModel):
    """An account whose password is forgotten."""

    username: str
    new_password: str


class AuthApi:
    """The handlers of ``<prefix>/auth``, which anyone may ask.

    Args:
        prefix: Of the API.
        accounts: Who there is.
        keyring: The keys of accounts.
        gate: Knows what the settings say of logins.
        tries: Who has tried too often.
    """

    def __init__(
        self,
        prefix: str,
        accounts: Accounts,
        keyring: Keyring,
        gate: Gate,
        tries: Tries,
    ) -> None:
        self._prefix = f"{prefix}/auth"
        self._accounts = accounts
        self._keyring = keyring
        self._gate = gate
        self._tries = tries

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.post(f"{self._prefix}/login", self.login),
            web.post(f"{self._prefix}/register", self.register),
            web.post(f"{self._prefix}/reset-admin-password", self.reset),
            web.get(f"{self._prefix}/registration-status", self.registration_status),
            web.get(f"{self._prefix}/config", self.config),
        ]

    @property
    def permits(self) -> dict[str, Access]:
        below = ("login", "register", "reset-admin-password", "registration-status", "config")
        return {f"{self._prefix}/{path}": Access.OPEN for path in below}

    async def login(self, request: web.Request) -> web.Response:
        """Begin a session, and give its cookie."""
        if (refusal := self._tries.refuse(request)) is not None:
            return refusal
        body = await read_model(request, LoginBody)
        login = await whole(
            self._accounts.login(
                body.username,
                body.password,
                request.remote or "",
                request.headers.get(hdrs.USER_AGENT, ""),
            )
        )
        return self._logged_in(request, login, "Login successful")

    async def register(self, request: web.Request) -> web.Response:
        """Make the first account, log it in, and close registration."""
        if (refusal := self._tries.refuse(request)) is not None:
            return refusal
        body = await read_model(request, RegisterBody)
        login = await whole(self._register(request, body))
        return self._logged_in(request, login, "Registration successful")

    async def reset(self, request: web.Request) -> web.Response:
        """Give an account another password, where no login is required."""
        if (refusal := self._tries.refuse(request)) is not None:
            return refusal
        if self._gate.policy.login_required:
            raise ForbiddenError(
                "that works only while auth.login_required is false; `altmount passwd` always does"
            )
        body = await read_model(request, ResetBody)
        user = self._accounts.named(body.username)
        await whole(self._accounts.set_password(user.id, body.new_password))
        return answer({"message": "The password was changed."})

    async def registration_status(self, _request: web.Request) -> web.Response:
        """Whether whoever comes is the first."""
        enabled, users = self._accounts.registration_open, len(self._accounts.users)
        return answer({"registration_enabled": enabled, "user_count": users})

    async def config(self, _request: web.Request) -> web.Response:
        """Whether a login is required."""
        return answer({"login_required": self._gate.policy.login_required})

    async def _register(self, request: web.Request, body: RegisterBody) -> Login:
        await self._accounts.register(body.username, body.email or None, body.password)
        client = request.headers.get(hdrs.USER_AGENT, "")
        return await self._accounts.login(
            body.username, body.password, request.remote or "", client
        )

    def _logged_in(self, request: web.Request, login: Login, message: str) -> web.Response:
        key = self._keyring.shown(login.user.id)
        response = answer({"user": account_as_json(login.user, key), "message": message})
        set_login(request, response, login, self._gate.policy)
        return response
