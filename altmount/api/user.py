"""The account of whoever asks: its password, its keys and its logins."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from aiohttp import web
from pydantic import BaseModel
from typing_extensions import TypedDict

from altmount.aio.whole import whole
from altmount.auth.accounts import Accounts
from altmount.auth.caller import Access, Caller, Means, Role, Scope, parse_scope
from altmount.auth.gate import Gate
from altmount.auth.keyring import FIRST, Keyring
from altmount.db.users import Key, Session, User
from altmount.errors import ForbiddenError
from altmount.web.answers import Message, answer
from altmount.web.cookies import drop_login, set_login
from altmount.web.credentials import caller_of, claims_of
from altmount.web.route import Route
from altmount.web.tries import Tries

_NUMBER = "{id:[0-9]{1,9}}"


class PasswordBody(BaseModel):
    """A new password, and the present one."""

    current_password: str
    new_password: str


class KeyBody(BaseModel):
    """A key to be made."""

    name: str
    scope: str = "full"
    """`read`, `nzb` or `full`."""


class AccountAnswer(TypedDict):
    """An account as the ancestor's clients know it."""

    id: str
    email: str
    name: str
    avatar_url: str
    provider: str
    api_key: str
    is_admin: bool
    role: str
    last_login: str | None


class LoginAnswer(TypedDict):
    """Who has logged in."""

    user: AccountAnswer
    message: str


class RenewedAnswer(TypedDict):
    """The key that is good from now on."""

    api_key: str
    message: str


class KeyAnswer(TypedDict):
    """A key, but for the key itself."""

    id: int
    name: str
    scope: str
    created_at: str
    removable: bool


class NewKeyAnswer(KeyAnswer):
    """A key; it is told this once."""

    api_key: str


class SessionAnswer(TypedDict):
    """A login."""

    id: int
    created_at: str
    seen_at: str
    expires_at: str
    address: str
    client: str
    current: bool


_CONFLICT = frozenset({HTTPStatus.CONFLICT})


class UserApi:
    """The handlers of ``<prefix>/user``.

    Args:
        prefix: Of the API.
        accounts: Who there is.
        keyring: The keys of accounts.
        gate: Knows what the settings say of logins.
        tries: Who has tried passwords too often.
    """

    def __init__(
        self, prefix: str, accounts: Accounts, keyring: Keyring, gate: Gate, tries: Tries
    ) -> None:
        self._prefix = f"{prefix}/user"
        self._accounts = accounts
        self._keyring = keyring
        self._gate = gate
        self._tries = tries

    @property
    def routes(self) -> Sequence[Route]:
        prefix, own = self._prefix, Access.ACCOUNT
        return [
            Route("GET", prefix, self.show, AccountAnswer),
            Route("POST", f"{prefix}/refresh", self.refresh, LoginAnswer, who=own),
            Route("POST", f"{prefix}/logout", self.logout, Message, who=own),
            Route("POST", f"{prefix}/api-key/regenerate", self.regenerate, RenewedAnswer, who=own),
            Route(
                "PUT",
                f"{prefix}/password",
                self.change_password,
                Message,
                body=PasswordBody,
                tries=self._tries,
                who=own,
            ),
            Route("GET", f"{prefix}/sessions", self.sessions, list[SessionAnswer], who=own),
            Route(
                "DELETE",
                f"{prefix}/sessions/{_NUMBER}",
                self.end_session,
                status=HTTPStatus.NO_CONTENT,
                who=own,
            ),
            Route("GET", f"{prefix}/keys", self.keys, list[KeyAnswer], who=own),
            Route(
                "POST",
                f"{prefix}/keys",
                self.add_key,
                NewKeyAnswer,
                _CONFLICT,
                HTTPStatus.CREATED,
                body=KeyBody,
                who=own,
            ),
            Route("POST", f"{prefix}/keys/{_NUMBER}/renew", self.renew_key, NewKeyAnswer, who=own),
            Route(
                "DELETE",
                f"{prefix}/keys/{_NUMBER}",
                self.remove_key,
                errors=_CONFLICT,
                status=HTTPStatus.NO_CONTENT,
                who=own,
            ),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Who is asking; with the first key, if that could be found out anyhow."""
        caller = caller_of(request)
        if caller.user_id is None:
            return answer(_without_account(caller))
        return answer(account_as_json(self._accounts.get(caller.user_id), self._key_for(caller)))

    async def refresh(self, request: web.Request) -> web.Response:
        """Let this login last longer."""
        caller = caller_of(request)
        claims = claims_of(request)
        login = await whole(self._accounts.refresh(claims.token or claims.cookie or ""))
        user = account_as_json(login.user, self._key_for(caller))
        response = answer({"user": user, "message": "Token refreshed"})
        set_login(request, response, login, self._gate.policy)
        return response

    async def logout(self, request: web.Request) -> web.Response:
        """End this login."""
        caller = caller_of(request)
        if caller.user_id is not None and caller.session_id is not None:
            await whole(self._accounts.end_session(caller.user_id, caller.session_id))
        response = answer({"message": "Logout successful"})
        drop_login(request, response, self._gate.policy)
        return response

    async def regenerate(self, request: web.Request) -> web.Response:
        """Another first key; links that were made with the old one open nothing any more."""
        caller = caller_of(request)
        text = await whole(self._regenerate(caller))
        return answer({"api_key": text, "message": "The API key was renewed."})

    async def change_password(self, request: web.Request, body: PasswordBody) -> web.Response:
        """Change the password, and end the other logins."""
        caller = caller_of(request)
        change = self._accounts.change_password(
            _account(caller), body.current_password, body.new_password, session_id=caller.session_id
        )
        await whole(change)
        return answer({"message": "The password was changed."})

    async def sessions(self, request: web.Request) -> web.Response:
        """The logins of this account."""
        caller = caller_of(request)
        sessions = self._accounts.sessions(_account(caller))
        return answer([session_as_json(one, caller.session_id) for one in sessions])

    async def end_session(self, request: web.Request) -> web.Response:
        """End a login of this account."""
        number = int(request.match_info["id"])
        await whole(self._accounts.end_session(_account(caller_of(request)), number))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def keys(self, request: web.Request) -> web.Response:
        """The keys of this account, but for the keys themselves."""
        return answer(
            [key_as_json(one) for one in self._keyring.list(_account(caller_of(request)))]
        )

    async def add_key(self, request: web.Request, body: KeyBody) -> web.Response:
        """Make a key; it is told this once."""
        user_id = _account(caller_of(request))
        key, text = await whole(self._keyring.add(user_id, body.name, parse_scope(body.scope)))
        return answer(key_as_json(key) | {"api_key": text}, status=HTTPStatus.CREATED)

    async def renew_key(self, request: web.Request) -> web.Response:
        """Put another key in the place of one; it is told this once."""
        number = int(request.match_info["id"])
        key, text = await whole(self._keyring.renew(_account(caller_of(request)), number))
        return answer(key_as_json(key) | {"api_key": text})

    async def remove_key(self, request: web.Request) -> web.Response:
        """Remove a key; what uses it is shut out at once."""
        number = int(request.match_info["id"])
        await whole(self._keyring.remove(_account(caller_of(request)), number))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _regenerate(self, caller: Caller) -> str:
        if caller.means is Means.NOTHING:
            return await self._keyring.renew_first((await self._accounts.of_nobody()).id)
        return await self._keyring.renew_first(_account(caller))

    def _key_for(self, caller: Caller) -> str | None:
        """The first key of a caller's account, unless it came with one that is good for less."""
        if caller.user_id is None or caller.scope is not Scope.FULL:
            return None
        return self._keyring.shown(caller.user_id)


def account_as_json(user: User, api_key: str | None) -> AccountAnswer:
    """An account as the ancestor's clients know it."""
    return {
        "id": str(user.id),
        "email": user.email or "",
        "name": user.name,
        "avatar_url": "",
        "provider": "direct",
        "api_key": api_key or "",
        "is_admin": user.role == Role.ADMIN.word,
        "role": user.role,
        "last_login": user.last_login.isoformat() if user.last_login is not None else None,
    }


def key_as_json(key: Key) -> KeyAnswer:
    """A key, but for the key itself."""
    return {
        "id": key.id,
        "name": key.name,
        "scope": key.scope,
        "created_at": key.created.isoformat(),
        "removable": key.name != FIRST,
    }


def session_as_json(session: Session, own: int | None) -> SessionAnswer:
    """A login."""
    return {
        "id": session.id,
        "created_at": session.created.isoformat(),
        "seen_at": session.seen.isoformat(),
        "expires_at": session.expires.isoformat(),
        "address": session.address,
        "client": session.client,
        "current": session.id == own,
    }


def _without_account(caller: Caller) -> AccountAnswer:
    """Who asks without an account: nobody in particular, or a login of the settings."""
    nobody = caller.means is Means.NOTHING
    return {
        "id": "anonymous" if nobody else caller.name,
        "email": "",
        "name": "Admin" if nobody else caller.name,
        "avatar_url": "",
        "provider": "none",
        "api_key": "",
        "is_admin": caller.role is Role.ADMIN,
        "role": caller.role.word,
        "last_login": None,
    }


def _account(caller: Caller) -> int:
    if caller.user_id is None:
        raise ForbiddenError("this login has no account; register, or log in with one")
    return caller.user_id
