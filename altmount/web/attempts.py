"""Slowing down whoever guesses passwords."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address


class FailedLogins:
    """Which client addresses gave too many wrong credentials lately.

    Only different guesses count: a player that is set up wrongly says the same thing again
    and again, and does not lock out the others behind its router.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        limit: int = 10,
        window_seconds: float = 60.0,
        max_addresses: int = 4096,
    ) -> None:
        """Start without a record.

        Args:
            clock: Monotonic seconds.
            limit: How many guesses an address has in a window.
            window_seconds: How long a guess is held against an address.
            max_addresses: How many are remembered; the one heard of longest ago goes first.
        """
        self._clock = clock
        self._limit = limit
        self._window = window_seconds
        self._max_addresses = max_addresses
        self._guesses: OrderedDict[str, dict[int, float]] = OrderedDict()

    def wait_seconds(self, address: str) -> float:
        """How long an address must wait until it may try again; 0 where it need not."""
        guesses = self._recent(address)
        if len(guesses) < self._limit:
            return 0.0
        return min(guesses.values()) + self._window - self._clock()

    def add(self, address: str, guess: int) -> None:
        """Remember a wrong guess, by a number that is the same for the same guess."""
        guesses = self._recent(address)
        if len(guesses) < self._limit:
            guesses.setdefault(guess, self._clock())
        network = _network(address)
        self._guesses[network] = guesses
        self._guesses.move_to_end(network)
        if len(self._guesses) > self._max_addresses:
            self._guesses.popitem(last=False)

    def _recent(self, address: str) -> dict[int, float]:
        since = self._clock() - self._window
        guesses = self._guesses.get(_network(address), {})
        return {guess: at for guess, at in guesses.items() if at > since}


def _network(address: str) -> str:
    """What one client can be taken to hold: an IPv4 address, or a /64 of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(int(parsed) >> 64)
    return address
