"""How many connections an account allows: what it was sold with, and what the server says."""

from __future__ import annotations

# How long a learned limit stands before one more connection is tried, in seconds; twice as long
# after each trial that was refused, and less while trials succeed.
_FIRST_WAIT, _LONGEST_WAIT, _SHORT_WAIT = 30.0, 600.0, 5.0


class Capacity:
    """A limit that falls when the server refuses a connection and rises again by trial.

    Refusals are not always the account's fault: other programs use it too, and servers
    count connections for a while that are already closed. So nothing is for good: one
    connection more is tried now and then, and each that is accepted counts.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._learned = limit
        self._wait = _FIRST_WAIT
        self._trial_at = 0.0

    @property
    def limit(self) -> int:
        """What the account was sold with, as the settings say."""
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        known = self._learned < self._limit
        self._limit = limit
        self._learned = min(self._learned, limit) if known else limit

    def allowed(self, now: float) -> int:
        """How many connections may be open at ``now``, at least 1."""
        if self._learned >= self._limit or now < self._trial_at:
            return self._learned
        return self._learned + 1

    def accepted(self, connections: int, now: float) -> None:
        """The server has logged one in, which makes ``connections``."""
        if connections > self._learned:
            self._learned = min(connections, self._limit)
            self._wait = _SHORT_WAIT
            self._trial_at = now + self._wait

    def refused(self, others: int, now: float) -> None:
        """The server refused a connection beside ``others``."""
        if others < self._learned:
            self._learned = max(1, others)
            self._wait = max(self._wait, _FIRST_WAIT)
        else:  # it was a trial
            self._wait = min(_LONGEST_WAIT, max(_FIRST_WAIT, self._wait * 2))
        self._trial_at = now + self._wait
