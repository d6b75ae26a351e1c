"""Whether it is the network that is down, or a provider."""

from __future__ import annotations

from collections.abc import Callable, Iterable

# Providers that fail for reasons of their own do not do so within so many seconds of each other.
_TOGETHER_SECONDS = 15.0


class Network:
    """Hears which accounts could be reached, and judges what is between them and us.

    The network is down when no account can be reached and either nothing at all comes back
    from any, or several failed within a short time. It is up as soon as one is reached.
    """

    def __init__(self) -> None:
        self._failing: dict[str, tuple[float, bool]] = {}
        self._accounts: frozenset[str] = frozenset()
        self._listeners: list[Callable[[], None]] = []
        self.down = False

    def watch(self, accounts: Iterable[str]) -> None:
        """Judge by these accounts from now on."""
        self._accounts = frozenset(accounts)
        self._failing = {
            account: failure
            for account, failure in self._failing.items()
            if account in self._accounts
        }
        self._judge()

    def unreachable(self, account: str, now: float, *, silent: bool) -> None:
        """An account could not be reached; ``silent`` if nothing came back, not even a no."""
        since, _ = self._failing.get(account, (now, silent))
        self._failing[account] = (since, silent)
        self._judge()

    def reached(self, account: str) -> None:
        """An account's server spoke to us."""
        if self._failing:
            self._failing.pop(account, None)
            self._judge()

    def when_changed(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` each time the network has gone down or come back."""
        self._listeners.append(listener)

    def forget(self, listener: Callable[[], None]) -> None:
        self._listeners.remove(listener)

    def _judge(self) -> None:
        was = self.down
        self.down = bool(self._accounts) and self._accounts == self._failing.keys()
        if self.down:
            since = [since for since, _ in self._failing.values()]
            together = len(since) > 1 and max(since) - min(since) <= _TOGETHER_SECONDS
            self.down = together or all(silent for _, silent in self._failing.values())
        if was is not self.down:
            for listener in tuple(self._listeners):
                listener()
