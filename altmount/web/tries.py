"""Whoever tries passwords may do so ten times a minute, right or wrong."""

from __future__ import annotations

from itertools import count

from aiohttp import web

from altmount.web.attempts import FailedLogins
from altmount.web.errors import too_many


class Tries:
    """Counts what an address tries, however it ends: each try costs 20 ms of a core.

    Args:
        attempts: Remembers addresses; not the one that counts wrong credentials at the door.
    """

    def __init__(self, attempts: FailedLogins) -> None:
        self._attempts = attempts
        self._numbers = count()

    def refuse(self, request: web.Request) -> web.Response | None:
        """What is answered to an address that must wait; None if it need not, and this is a try."""
        address = request.remote or ""
        seconds = self._attempts.wait_seconds(address)
        if not seconds:
            self._attempts.add(address, next(self._numbers))
            return None
        return too_many(request, "too many tries from this address", seconds)
