"""The server that runs with these settings, if one does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from altmount import __version__
from altmount.doctor.client import Client, Login, NoAnswerError, asking
from altmount.doctor.finding import Finding, Grade, Say

CHECK = "server"
SECONDS = 20.0

_RESTART = "Restart it, so that it runs with the settings as they are now."


@dataclass(slots=True)
class Server:
    """Looks whether a server runs, and whether it can be used.

    Args:
        port: ``webdav.port``.
        prefix: ``api.prefix``.
        login: Of WebDAV.
    """

    port: int
    prefix: str
    login: Login
    key: str = field(default="", repr=False)
    """``api.key_override``; empty if there is none."""

    holder: int | None = None
    """The process that has the database, if one does that we can see."""

    runs: bool = False
    """Whether it answers."""

    lets_in: bool = False
    """Whether it takes the login, and is ready."""

    pools: Mapping[str, Mapping[str, Any]] | None = None
    """How the accounts stand that it works with, by id, as far as it says."""

    async def look(self, say: Say) -> None:
        """Say whether one runs and how it is."""
        async with asking(self.port, self.login) as client:
            try:
                live = (await client.ask("GET", "/live")).told()
            except NoAnswerError:
                live = {}
            if live.get("status") != "ok" or "timestamp" not in live:
                say(self._none())
                return
            self.runs = True
            ready = (await client.ask("GET", "/ready")).told()
            if ready.get("status") != "ready":
                text = f"it runs, and is not ready: {str(ready.get('reason', ''))[:200]}"
                say(Finding(CHECK, "", Grade.WARNING, text, "Wait, or look into its log."))
                return
            await self._log_in(client, say)

    def _none(self) -> Finding:
        text = f"no server runs on port {self.port}"
        if self.holder is None:
            return Finding(CHECK, "", Grade.NOTE, text)
        fix = (
            "If that is the server, it was started with another webdav.port, or is still starting;"
            " `altmount import` and others have the database for a while, too."
        )
        text = f"{text}, but process {self.holder} has the database"
        return Finding(CHECK, "", Grade.WARNING, text, fix)

    async def _log_in(self, client: Client, say: Say) -> None:
        reply = await client.ask("GET", f"{self.prefix}/system/pool/metrics")
        if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            text = "it runs, and does not take webdav.user and webdav.password"
            say(Finding(CHECK, "", Grade.ERROR, text, _RESTART))
            return
        if not reply.good:
            text = f"it runs, and answers {reply.status} where its API should be ({self.prefix})"
            say(Finding(CHECK, "", Grade.WARNING, text, _RESTART))
            return
        self.lets_in = True
        pools = reply.told("data").get("providers")
        if isinstance(pools, list):
            self.pools = {str(one.get("id")): one for one in pools if isinstance(one, dict)}
        say(Finding(CHECK, "", Grade.OK, f"it runs on port {self.port}, and is ready"))
        document = await client.ask("GET", f"{self.prefix}/openapi.json")
        version = document.told("info").get("version")
        if version != __version__:
            text = f"it is of version {version}, and this is {__version__}"
            say(Finding(CHECK, "", Grade.WARNING, text, "Restart it after an update."))
