"""How many connections an account allows: what it was sold with, and what the server says."""

from __future__ import annotations

_PROBE_SECONDS = 30.0
"""How long a learned limit stands before one more connection is tried."""


class Capacity:
    """A limit that falls when the server refuses a connection and rises again by probing.

    Refusals are not always the account's fault: other programs use it too, and servers
    count connections for a while that are already closed. So nothing is for good.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._learned = limit
        self._refused_at = 0.0

    def allowed(self, now: float) -> int:
        """How many connections may be open at ``now``, at least 1."""
        if self._learned >= self.limit:
            return self.limit
        probes = int((now - self._refused_at) / _PROBE_SECONDS)
        return min(self.limit, self._learned + probes)

    def refused(self, open_connections: int, now: float) -> None:
        """The server refused one more than ``open_connections``."""
        self._learned = min(max(1, open_connections), self.allowed(now))
        self._refused_at = now
