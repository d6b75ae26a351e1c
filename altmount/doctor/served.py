"""An account that a server uses, as that server finds it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from altmount.config.providers import ProviderSettings
from altmount.doctor.account import CHECK
from altmount.doctor.client import Reply, asking
from altmount.doctor.finding import Fact, Finding, Grade, Say
from altmount.doctor.server import Server

_TOLD = ("host", "port", "username", "tls", "insecure_tls", "skip_ping")


@dataclass(slots=True)
class ServedAccount:
    """Has the server try an account, over one connection of those that the account allows.

    One that is made beside them would be refused in the end, or another of the server's would be.

    Args:
        settings: Of the account, as they are now.
        server: It runs, and uses the account.
        state: How the account stands, by the server's word.
    """

    settings: ProviderSettings
    server: Server
    state: Mapping[str, Any]
    clock_is_off_by: float | None = None
    """How far our clock is behind the provider's, in seconds, give or take one."""

    async def look(self, say: Say) -> None:
        """Say whether it works."""
        settings, server = self.settings, self.server
        described = {name: getattr(settings, name) for name in _TOLD}
        described["provider_id"] = settings.id
        for name in ("password", "proxy_url"):
            described[name] = getattr(settings, name).get_secret_value()
        headers = {"Content-Type": "application/json"}
        if server.key:
            headers["X-Api-Key"] = server.key
        async with asking(server.port, server.login) as client:
            path = f"{server.prefix}/providers/test"
            data = json.dumps(described).encode()
            reply = await client.ask("POST", path, headers=headers, data=data)
        if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            say(self._by_its_state())
        else:
            say(self._by_its_answer(reply))

    def _by_its_answer(self, reply: Reply) -> Finding:
        """What came of trying it."""
        found = reply.told("data")
        step, works = str(found.get("step", "")), found.get("success") is True
        facts: dict[str, Fact] = {"step": step}
        if not works:
            text = str(found.get("error_message") or f"the server answers {reply.status}")
            fix = str(found.get("hint") or "Look at what the log of the server says of it.")
            return self._finding(Grade.ERROR, text, fix, facts)
        trip, behind = _number(found.get("rtt_ms")), _number(found.get("clock_behind_seconds"))
        self.clock_is_off_by = behind
        facts["round_trip_ms"] = trip
        text = f"it lets the server in, and answers within {trip} ms"
        return self._finding(Grade.OK, text, "", facts)

    def _by_its_state(self) -> Finding:
        """How it stands, where only an admin may have it tried."""
        state = str(self.state.get("account_state", ""))
        if state == "ok":
            text = "the server works with it; with api.key_override it would be tried as well"
            return self._finding(Grade.OK, text, "", {})
        text = f"the server cannot use it: {state}: {self.state.get('failure_reason', '')}"
        fix = "See what the log of the server says of it; stop the server to have it tried here."
        return self._finding(Grade.ERROR, text, fix, {})

    def _finding(self, grade: Grade, text: str, fix: str, facts: Mapping[str, Fact]) -> Finding:
        return Finding(CHECK, self.settings.id, grade, text, fix, facts)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
