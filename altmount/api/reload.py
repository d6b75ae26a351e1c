"""Reading the settings again, for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from aiohttp import web

from altmount.aio.scope import TaskScope
from altmount.aio.uninterrupted import uninterrupted
from altmount.api.answers import answer
from altmount.reload import Reloaded


class Reading(Protocol):
    """Reads the settings again and applies them."""

    async def run(self) -> Reloaded: ...


class ReloadApi:
    """The handler of ``<prefix>/config/reload``."""

    def __init__(self, prefix: str, reload: Reading) -> None:
        self._prefix = prefix
        self._reload = reload

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        return [web.post(f"{self._prefix}/config/reload", self.run)]

    async def run(self, _request: web.Request) -> web.Response:
        """Read and apply; who leaves does not stop it half way."""
        async with TaskScope() as scope:
            work = scope.start(self._reload.run(), name="reload")
            return answer(as_json(await uninterrupted(work)))


def as_json(reloaded: Reloaded) -> dict[str, Any]:
    """What was applied, and what is not in force yet."""
    accounts = reloaded.accounts
    return {
        "message": "The settings were read again.",
        "providers": {
            "added": accounts.added,
            "removed": accounts.removed,
            "changed": accounts.changed,
        },
        "after_restart": reloaded.after_restart,
        "warnings": reloaded.warnings,
    }
