"""Reading the settings again, for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Protocol

from aiohttp import web
from typing_extensions import TypedDict

from altmount.aio.whole import whole
from altmount.auth.caller import Access
from altmount.reload import Reloaded
from altmount.web.answers import answer
from altmount.web.route import Route


class ChangedProviders(TypedDict):
    """The ids of accounts."""

    added: list[str]
    removed: list[str]
    changed: list[str]


class ReloadAnswer(TypedDict):
    """What was applied, and what is not in force yet."""

    message: str
    providers: ChangedProviders
    after_restart: list[str]
    ignored: list[str]
    overridden: list[str]
    warnings: list[str]


class Reading(Protocol):
    """Reads the settings again and applies them."""

    async def run(self) -> Reloaded: ...


class ReloadApi:
    """The handler of ``<prefix>/config/reload``."""

    def __init__(self, prefix: str, reload: Reading) -> None:
        self._prefix = prefix
        self._reload = reload

    @property
    def routes(self) -> Sequence[Route]:
        return [
            Route(
                "POST",
                f"{self._prefix}/config/reload",
                self.run,
                ReloadAnswer,
                frozenset({HTTPStatus.BAD_REQUEST}),
                who=Access.ADMIN,
            )
        ]

    async def run(self, _request: web.Request) -> web.Response:
        """Read and apply; who leaves does not stop it half way."""
        return answer(as_json(await whole(self._reload.run(), "reload")))


def as_json(reloaded: Reloaded, message: str = "The settings were read again.") -> ReloadAnswer:
    """What was applied, and what is not in force yet."""
    accounts = reloaded.accounts
    return {
        "message": message,
        "providers": {
            "added": list(accounts.added),
            "removed": list(accounts.removed),
            "changed": list(accounts.changed),
        },
        "after_restart": list(reloaded.after_restart),
        "ignored": list(reloaded.ignored),
        "overridden": list(reloaded.overridden),
        "warnings": list(reloaded.warnings),
    }
