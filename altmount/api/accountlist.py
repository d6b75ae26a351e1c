"""Adding, changing, ordering and removing the accounts of the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Protocol

from aiohttp import web
from pydantic import BaseModel, Field

from altmount.aio.whole import whole
from altmount.auth.caller import Access
from altmount.web.answers import Message, answer
from altmount.web.route import Route

_MOST_NAMED = 1000


class AccountBody(BaseModel):
    """What is to be of an account, with the names that it has in the settings."""

    name: str | None = None
    host: str | None = None
    port: int | None = None
    username: str | None = None
    password: str | None = None
    """If it is empty or ``********`` it stays as it is."""

    max_connections: int | None = None
    inflight_requests: int | None = None
    stat_inflight_requests: int | None = None
    tls: bool | None = None
    insecure_tls: bool | None = None
    enabled: bool | None = None
    is_backup_provider: bool | None = None
    storage_group: str | None = None
    quota_bytes: int | None = None
    quota_period_hours: int | None = None
    min_connections: int | None = None
    keepalive_interval_seconds: int | None = None
    keepalive_command: str | None = None
    skip_ping: bool | None = None
    proxy_url: str | None = None


class NewAccountBody(AccountBody):
    """A new account."""

    id: str | None = Field(default=None, max_length=100)
    """If it is not given, one is made up."""


class OrderBody(BaseModel):
    """In which order accounts are asked."""

    provider_ids: list[str] = Field(max_length=_MOST_NAMED)


class Accounts(Protocol):
    """The accounts of the settings."""

    async def add(self, fields: Mapping[str, Any]) -> dict[str, Any]: ...

    async def change(self, provider_id: str, fields: Mapping[str, Any]) -> dict[str, Any]: ...

    async def remove(self, provider_id: str) -> None: ...

    async def order(self, wanted: Sequence[str]) -> list[dict[str, Any]]: ...

    def renew(self, provider_id: str) -> None: ...


class AccountListApi:
    """The handlers of ``<prefix>/providers`` that change something.

    Once a change is read it is made whole, whether the client stays or not.
    """

    def __init__(self, prefix: str, accounts: Accounts) -> None:
        self._prefix = f"{prefix}/providers"
        self._accounts = accounts

    @property
    def routes(self) -> Sequence[Route]:
        here, one = self._prefix, f"{self._prefix}/{{id}}"
        conflict = frozenset({HTTPStatus.CONFLICT})
        wrong = frozenset({HTTPStatus.CONFLICT, HTTPStatus.BAD_REQUEST})
        missing = frozenset({HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND})
        account, accounts, admin = dict[str, Any], list[dict[str, Any]], Access.ADMIN
        reset = f"{one}/reset-quota"
        bad = frozenset({HTTPStatus.BAD_REQUEST})
        return [
            Route("POST", here, self.add, account, conflict, body=NewAccountBody, who=admin),
            Route(
                "PUT", f"{here}/reorder", self.order, accounts, missing, body=OrderBody, who=admin
            ),
            Route("PUT", one, self.change, account, conflict, body=AccountBody, who=admin),
            Route("DELETE", one, self.remove, Message, wrong, who=admin),
            Route("POST", reset, self.renew, Message, bad, who=admin),
        ]

    async def add(self, _request: web.Request, body: NewAccountBody) -> web.Response:
        """Add an account as the last."""
        fields = body.model_dump(exclude_unset=True)
        return answer(await whole(self._accounts.add(fields), "add a provider"))

    async def change(self, request: web.Request, body: AccountBody) -> web.Response:
        """Change what is given of an account; null brings back a default."""
        provider_id, fields = request.match_info["id"], body.model_dump(exclude_unset=True)
        work = self._accounts.change(provider_id, fields)
        return answer(await whole(work, "change a provider"))

    async def order(self, _request: web.Request, body: OrderBody) -> web.Response:
        """Have accounts asked in this order; those that are not named come last."""
        return answer(await whole(self._accounts.order(body.provider_ids), "order providers"))

    async def remove(self, request: web.Request) -> web.Response:
        """Remove an account. What it has on the wire is still answered."""
        await whole(self._accounts.remove(request.match_info["id"]), "remove a provider")
        said: Message = {"message": "The provider was removed."}
        return answer(said)

    async def renew(self, request: web.Request) -> web.Response:
        """Begin the quota of an account anew, now."""
        self._accounts.renew(request.match_info["id"])
        said: Message = {"message": "The quota begins anew."}
        return answer(said)
