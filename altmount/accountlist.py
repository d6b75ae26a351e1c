"""The list of accounts in the settings, changed while they are in use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import time
from typing import Any, TypeAlias

from altmount.config.edits import Tree
from altmount.config.patch import Patch, patch_of
from altmount.config.settings import Settings
from altmount.directory import shown_account
from altmount.errors import InvalidRequestError, NotFoundError, ObstacleError
from altmount.nntp.providers import Providers
from altmount.reload import Reload

_Plan: TypeAlias = Callable[[Sequence[str]], Sequence[Mapping[str, Any]]]


class AccountList:
    """Adds, changes, orders and removes accounts, in the file and in the running program.

    No read is broken by it; see :meth:`altmount.nntp.providers.Providers.apply`. None of it is to
    be cancelled once it has begun; on an error nothing is changed. All of it raises what
    :meth:`altmount.reload.Reload.change` does.

    Args:
        reload: Changes settings.
        providers: The running accounts.
    """

    def __init__(self, reload: Reload, providers: Providers) -> None:
        self._reload = reload
        self._providers = providers

    async def add(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Add an account as the last; as clients may see it. Without an id it gets one.

        Raises:
            ObstacleError: There is one of that id.
        """
        added: list[str] = []

        def plan(ids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
            new = fields.get("id") or _free_id(ids)
            if new in ids:
                raise ObstacleError(f"there is a provider {str(new)[:100]!r}; take another id")
            added.append(str(new))
            return [*_as_they_are(ids), {**fields, "id": new}]

        await self._change(plan)
        return self._shown(added[-1])

    async def change(self, provider_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Change what is given of an account, its id excepted; as clients may see it.

        Raises:
            NotFoundError: There is none.
        """

        def plan(ids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
            _find(provider_id, ids)
            given = {**fields, "id": provider_id}
            if given.get("proxy_url") == self._shown(provider_id)["proxy_url"]:
                del given["proxy_url"]  # which is shown without its login
            return [given if one == provider_id else {"id": one} for one in ids]

        await self._change(plan)
        return self._shown(provider_id)

    async def remove(self, provider_id: str) -> None:
        """Take an account out.

        Raises:
            NotFoundError: There is none.
        """

        def plan(ids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
            _find(provider_id, ids)
            return _as_they_are([one for one in ids if one != provider_id])

        await self._change(plan)

    async def order(self, wanted: Sequence[str]) -> list[dict[str, Any]]:
        """Have accounts asked in another order; those that are not named come last, as they were.

        Raises:
            NotFoundError: One of them is not there.
            InvalidRequestError: One is named twice.
        """

        def plan(ids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
            for one in wanted:
                _find(one, ids)
            if len(set(wanted)) < len(wanted):
                raise InvalidRequestError("an id is there twice; name each once")
            return _as_they_are([*wanted, *(one for one in ids if one not in wanted)])

        await self._change(plan)
        return [shown_account(provider) for provider in self._reload.settings.providers]

    def renew(self, provider_id: str) -> None:
        """Begin an account's quota anew, now.

        Raises:
            NotFoundError: There is no such account in use.
            InvalidRequestError: It has no quota.
        """
        pool = self._providers.pool(provider_id)
        if pool is None:
            raise NotFoundError(f"no provider {provider_id[:100]!r} is in use")
        if not pool.provider.quota_bytes:
            raise InvalidRequestError(f"{provider_id} has no quota; set quota_bytes first")
        pool.account.quota.reset(time())
        pool.forgive()

    async def _change(self, plan: _Plan) -> None:
        def change(tree: Tree, settings: Settings) -> Patch:
            ids = [provider.id for provider in settings.providers]
            return patch_of(tree, settings, {"providers": plan(ids)})

        await self._reload.edit(change)

    def _shown(self, provider_id: str) -> dict[str, Any]:
        providers = self._reload.settings.providers
        found = next((one for one in providers if one.id == provider_id), None)
        if found is None:
            raise NotFoundError(f"there is no provider {provider_id[:100]!r} in the settings")
        return shown_account(found)


def _as_they_are(ids: Sequence[str]) -> list[Mapping[str, Any]]:
    return [{"id": one} for one in ids]


def _find(provider_id: str, ids: Sequence[str]) -> None:
    if provider_id not in ids:
        raise NotFoundError(f"there is no provider {provider_id[:100]!r} in the settings")


def _free_id(ids: Sequence[str]) -> str:
    return next(one for one in (f"provider_{n}" for n in range(1, len(ids) + 2)) if one not in ids)
