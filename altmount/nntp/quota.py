"""How many bytes of an account were used, and how many may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used of an account since some moment. Moments are seconds since 1970, in UTC."""

    used: int
    """Bytes on the wire."""

    since: float


class Quota:
    """Counts bytes against a limit, and starts anew when the period ends.

    Args:
        limit: Bytes on the wire in one period; 0 for no limit.
        period: Length of a period in seconds; 0 for one that never ends, as of block accounts.
        usage: What was used so far.
    """

    def __init__(self, limit: int, period: float, usage: Usage) -> None:
        self.limit = limit
        self.period = period
        self.used = usage.used
        self._since = usage.since

    @property
    def resets_at(self) -> float | None:
        """When the period ends; ``None`` for never."""
        return self._since + self.period if self.period else None

    def usage(self, now: float) -> Usage:
        """What was used in the period that ``now`` lies in."""
        self._begin_anew_if_over(now)
        return Usage(self.used, self._since)

    def used_up(self, now: float) -> bool:
        """Whether nothing more may be asked for."""
        if not self.limit or self.used < self.limit:
            return False
        self._begin_anew_if_over(now)
        return self.used >= self.limit

    def reset(self, now: float) -> None:
        """Forget what was used, and begin a period now."""
        self.used = 0
        self._since = now

    def _begin_anew_if_over(self, now: float) -> None:
        if not self.period:
            return
        self._since = min(self._since, now)  # the clock may have been set back
        periods = int((now - self._since) / self.period)
        if periods:
            self.used = 0
            self._since += periods * self.period
