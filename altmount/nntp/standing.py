"""How an account stands: what its failures and successes add up to."""

from __future__ import annotations

import random

from altmount.errors import AltmountError
from altmount.nntp.breaker import Breaker, BreakerState
from altmount.nntp.errors import (
    AuthenticationError,
    ServerBusyError,
    UnreachableError,
)
from altmount.nntp.network import Network
from altmount.nntp.poolstate import AccountState

# A refused login is not worth another try for so long, in seconds.
_LOGIN_PAUSE = 300.0


class Standing:
    """Decides when an account may be dialled, when it is not asked at all, and what it is called.

    Moments are those of one clock that only goes forward, in seconds.

    Args:
        account: The account's id.
        outage: For how long readers wait for an account that has worked before, in seconds.
        network: What judges whether it is the account's fault.
    """

    def __init__(self, account: str, outage: float, network: Network) -> None:
        self._account = account
        self._outage = outage
        self._network = network
        self._barred_until = 0.0
        self._has_worked = False
        self.breaker = Breaker()
        self.error: AltmountError | None = None
        """What went wrong last, while something is wrong."""

    @property
    def tripped(self) -> bool:
        """Whether it is left alone, but for one connection that finds out whether it works."""
        return self._network.down or self.breaker.state is not BreakerState.CLOSED

    @property
    def hope_until(self) -> float:
        """Until when readers wait for it to come back; 0 if they do not."""
        since = self.breaker.failing_since
        return since + self._outage if self._has_worked and since is not None else 0.0

    @property
    def next_dial(self) -> float:
        """When a connection may be dialled, if none is on trial."""
        return max(self._barred_until, self.breaker.rests_until)

    def may_dial(self, now: float) -> bool:
        return now >= self._barred_until and self.breaker.may_dial(now)

    def refusal(self, now: float) -> AltmountError | None:
        """Why nobody should wait for a connection to be dialled; ``None`` if one may."""
        return self.error if self.tripped or now < self._barred_until else None

    def reached(self) -> None:
        """The server spoke to us."""
        self._network.reached(self._account)

    def logged_in(self) -> None:
        """It has let us in."""
        self._barred_until = 0.0
        self._has_worked = True
        self.reached()
        if isinstance(self.error, AuthenticationError):
            self.error = None

    def worked(self) -> None:
        """It has answered."""
        self.error = None
        self.breaker.worked()

    def failed(
        self, error: AltmountError, began: float, now: float, *, connected: bool, let_in: bool
    ) -> None:
        """Something failed that says more than that one article cannot be had.

        Args:
            error: How.
            began: When it was begun.
            now: When it failed.
            connected: Whether other connections are up.
            let_in: Whether the server let the one that failed in.
        """
        self.error = error
        if isinstance(error, AuthenticationError):
            self.reached()
            self.breaker.worked()
            self._barred_until = now + _LOGIN_PAUSE * _spread()
            return
        if isinstance(error, UnreachableError):
            if not connected:
                self._network.unreachable(self._account, now, silent=error.silent)
        elif isinstance(error, ServerBusyError):
            self.reached()
        # A server that let us in is asked again at once; only if that goes on it is let alone.
        spread = 0.0 if let_in and not self.breaker.failures else _spread()
        self.breaker.failed(began, now, spread)

    def forgive(self) -> None:
        """Its owner says that it may be tried again."""
        self._barred_until = 0.0

    def network_changed(self, now: float) -> None:
        """The network has gone down, so it is not to blame, or has come back."""
        if self._network.down:
            self.breaker.excused = True
        else:
            self.breaker.revive(now)

    def state(self, *, connected: bool) -> AccountState:
        """What it is called."""
        if connected or self.error is None:
            return AccountState.OK
        if isinstance(self.error, AuthenticationError):
            return AccountState.WRONG_PASSWORD
        if isinstance(self.error, ServerBusyError):
            return AccountState.REFUSING
        return AccountState.NETWORK_DOWN if self._network.down else AccountState.UNREACHABLE


def _spread() -> float:
    """What keeps those that failed together from coming back together."""
    return random.uniform(0.5, 1.5)  # noqa: S311
