"""All accounts, for admins."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from aiohttp import web
from pydantic import BaseModel
from typing_extensions import TypedDict

from altmount.aio.whole import whole
from altmount.auth.accounts import Accounts
from altmount.auth.caller import Access, parse_role
from altmount.db.users import User
from altmount.web.answers import answer
from altmount.web.route import Route

_CONFLICT = frozenset({HTTPStatus.CONFLICT})


class UserBody(BaseModel):
    """An account to be made."""

    username: str
    email: str | None = None
    password: str | None = None
    """Without one nobody can log in; keys of the account work."""

    role: str = "user"
    """`reader`, `user` or `admin`."""


class UserChangeBody(BaseModel):
    """What is to be changed of an account; what is left out stays."""

    role: str | None = None
    password: str | None = None


class UserAnswer(TypedDict):
    """An account, as admins see it."""

    id: int
    name: str
    email: str
    role: str
    has_password: bool
    created_at: str
    last_login: str | None


class UsersApi:
    """The handlers of ``<prefix>/users``."""

    def __init__(self, prefix: str, accounts: Accounts) -> None:
        self._prefix = f"{prefix}/users"
        self._accounts = accounts

    @property
    def routes(self) -> Sequence[Route]:
        one = f"{self._prefix}/{{id:[0-9]{{1,9}}}}"
        return [
            Route("GET", self._prefix, self.list, list[UserAnswer], who=Access.ADMIN),
            Route(
                "POST",
                self._prefix,
                self.add,
                UserAnswer,
                _CONFLICT,
                HTTPStatus.CREATED,
                body=UserBody,
                who=Access.ADMIN,
            ),
            Route(
                "PATCH",
                one,
                self.change,
                UserAnswer,
                _CONFLICT,
                body=UserChangeBody,
                who=Access.ADMIN,
            ),
            Route(
                "DELETE",
                one,
                self.remove,
                errors=_CONFLICT,
                status=HTTPStatus.NO_CONTENT,
                who=Access.ADMIN,
            ),
        ]

    async def list(self, _request: web.Request) -> web.Response:
        """Everyone who has an account."""
        return answer([as_json(user) for user in self._accounts.users])

    async def add(self, _request: web.Request, body: UserBody) -> web.Response:
        """Make an account."""
        role = parse_role(body.role)
        work = self._accounts.add(body.username, body.email or None, body.password, role)
        return answer(as_json(await whole(work)), status=HTTPStatus.CREATED)

    async def change(self, request: web.Request, body: UserChangeBody) -> web.Response:
        """Change role or password; a new password ends the logins of the account."""
        number = int(request.match_info["id"])
        return answer(as_json(await whole(self._change(number, body))))

    async def remove(self, request: web.Request) -> web.Response:
        """Remove an account, with its keys and logins."""
        await whole(self._accounts.remove(int(request.match_info["id"])))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _change(self, user_id: int, body: UserChangeBody) -> User:
        if body.role is not None:
            await self._accounts.set_role(user_id, parse_role(body.role))
        if body.password is not None:
            await self._accounts.set_password(user_id, body.password)
        return self._accounts.get(user_id)


def as_json(user: User) -> UserAnswer:
    """An account, as admins see it."""
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email or "",
        "role": user.role,
        "has_password": user.password is not None,
        "created_at": user.created.isoformat(),
        "last_login": user.last_login.isoformat() if user.last_login is not None else None,
    }
