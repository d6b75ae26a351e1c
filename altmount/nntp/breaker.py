"""Whether an account that keeps failing is left alone for a while."""

from __future__ import annotations

import enum

# So many failures in a row open the breaker.
_FAILURES = 3
# The rest after a failure, in seconds: twice as long each time. How long it gets at most depends
# on how long nothing has worked: at first readers wait for the account, later nobody does.
_FIRST_REST, _SHORT_REST, _LONG_REST = 0.05, 2.0, 30.0
_HOPEFUL_SECONDS = 60.0


class BreakerState(enum.StrEnum):
    """Whether an account is asked for articles."""

    CLOSED = "closed"  #: It is.
    OPEN = "open"  #: It is not, and rests until it is tried again.
    HALF_OPEN = "half-open"  #: It is not; one connection finds out whether it works.


class Breaker:
    """Counts failures in a row, says when to rest, and lets one trial through after the rest.

    It reads no clock: ``now`` is in seconds of any clock that only goes forward.
    """

    def __init__(self) -> None:
        self.failures = 0
        """How many in a row."""
        self.rests_until = 0.0
        """When the next connection may be dialled."""
        self.failing_since: float | None = None
        """When the first of the failures in a row was; ``None`` while it works."""
        self.excused = False
        """The failures are not its own: they do not open it."""
        self._failed_at: float | None = None
        self._trying = False

    @property
    def state(self) -> BreakerState:
        if self.excused or self.failures < _FAILURES:
            return BreakerState.CLOSED
        return BreakerState.HALF_OPEN if self._trying else BreakerState.OPEN

    def may_dial(self, now: float) -> bool:
        """Whether a connection may be dialled; of an open breaker only the one trial."""
        return now >= self.rests_until and self.state is not BreakerState.HALF_OPEN

    def dialling(self) -> None:
        """A connection is dialled; if the breaker is open, it is the trial."""
        self._trying = self.state is not BreakerState.CLOSED

    def failed(self, began: float, now: float, spread: float = 1.0) -> None:
        """It failed.

        Args:
            began: When what failed was begun. What was begun before the last failure fails
                for the same reason, and does not count again.
            now: When it failed.
            spread: About 1; keeps those who failed together apart.
        """
        if self._failed_at is not None and began < self._failed_at:
            return
        if self.failing_since is None:
            self.failing_since = now
        self._failed_at = now
        self._trying = False
        hopeful = now - self.failing_since < _HOPEFUL_SECONDS
        longest = _SHORT_REST if hopeful else _LONG_REST
        self.rests_until = now + spread * min(longest, _FIRST_REST * 2 ** min(self.failures, 16))
        self.failures += 1

    def revive(self, now: float) -> None:
        """What kept it from working, and was not its own fault, is over: try it now."""
        self.failures = min(self.failures, _FAILURES - 1)
        self._failed_at = None
        self._trying = self.excused = False
        self.rests_until = now

    def worked(self) -> None:
        """It answered."""
        self.failures = 0
        self.failing_since = self._failed_at = None
        self.rests_until = 0.0
        self._trying = self.excused = False
