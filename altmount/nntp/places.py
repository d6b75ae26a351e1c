"""The places of an account: how many connections it may have, and how many it has."""

from __future__ import annotations

from collections.abc import Callable

from altmount.nntp.capacity import Capacity


class Places:
    """One for each account, shared by all pools that connect to it.

    A place is taken before a socket is dialled and given back when that socket is gone for
    good: the server counts it until then, whether anyone still uses it or not.
    """

    def __init__(self, limit: int) -> None:
        self.capacity = Capacity(limit)
        self.taken = 0
        self._listeners: list[Callable[[], None]] = []

    def take(self) -> None:
        self.taken += 1

    def give(self) -> None:
        """Give one back, and tell whoever may want it."""
        self.taken -= 1
        for listener in tuple(self._listeners):
            listener()

    def when_free(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` each time a place was given back."""
        self._listeners.append(listener)

    def forget(self, listener: Callable[[], None]) -> None:
        self._listeners.remove(listener)
