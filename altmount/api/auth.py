"""Logging in, and the first account."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from aiohttp import hdrs, web
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from altmount.aio.whole import whole
from altmount.api.user import LoginAnswer, account_as_json
from altmount.auth.accounts import Accounts, Login
from altmount.auth.caller import Access
from altmount.auth.gate import Gate
from altmount.auth.keyring import Keyring
from altmount.auth.passwords import LONGEST
from altmount.errors import ForbiddenError
from altmount.web.answers import Message, answer
from altmount.web.cookies import set_login
from altmount.web.route import Route
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


class RegistrationAnswer(TypedDict):
    """Whether whoever comes is the first."""

    registration_enabled: bool
    user_count: int


class AuthAnswer(TypedDict):
    """Whether a login is required."""

    login_required: bool


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
    def routes(self) -> Sequence[Route]:
        return [
            Route(
                "POST",
                f"{self._prefix}/login",
                self.login,
                LoginAnswer,
                frozenset({HTTPStatus.UNAUTHORIZED}),
                body=LoginBody,
                tries=self._tries,
                who=Access.OPEN,
            ),
            Route(
                "POST",
                f"{self._prefix}/register",
                self.register,
                LoginAnswer,
                frozenset({HTTPStatus.CONFLICT}),
                body=RegisterBody,
                tries=self._tries,
                who=Access.OPEN,
            ),
            Route(
                "POST",
                f"{self._prefix}/reset-admin-password",
                self.reset,
                Message,
                frozenset({HTTPStatus.NOT_FOUND}),
                body=ResetBody,
                tries=self._tries,
                who=Access.OPEN,
            ),
            Route(
                "GET",
                f"{self._prefix}/registration-status",
                self.registration_status,
                RegistrationAnswer,
                who=Access.OPEN,
            ),
            Route("GET", f"{self._prefix}/config", self.config, AuthAnswer, who=Access.OPEN),
        ]

    async def login(self, request: web.Request, body: LoginBody) -> web.Response:
        """Begin a session, and give its cookie."""
        login = await whole(self._login(request, body.username, body.password))
        return self._logged_in(request, login, "Login successful")

    async def register(self, request: web.Request, body: RegisterBody) -> web.Response:
        """Make the first account, log it in, and close registration."""
        login = await whole(self._register(request, body))
        return self._logged_in(request, login, "Registration successful")

    async def reset(self, _request: web.Request, body: ResetBody) -> web.Response:
        """Give an account another password, where no login is required."""
        if self._gate.policy.login_required:
            raise ForbiddenError(
                "that works only while auth.login_required is false; `altmount passwd` always does"
            )
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
        return await self._login(request, body.username, body.password)

    async def _login(self, request: web.Request, name: str, password: str) -> Login:
        client = request.headers.get(hdrs.USER_AGENT, "")
        return await self._accounts.login(name, password, request.remote or "", client)

    def _logged_in(self, request: web.Request, login: Login, message: str) -> web.Response:
        key = self._keyring.shown(login.user.id)
        response = answer({"user": account_as_json(login.user, key), "message": message})
        set_login(request, response, login, self._gate.policy)
        return response
