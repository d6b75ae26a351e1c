"""A rate, kept by whoever sends."""

from __future__ import annotations

_CREDIT_SECONDS = 0.005


class Bucket:
    """Lets through so many bytes per second, in the order they come.

    A sender reserves what it is about to send and waits as long as it is told. A timer that
    fires a little late loses nothing: what was not used of the last few milliseconds still counts.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        """Bytes per second; 0: no limit."""

        self._free = 0.0

    def reserve(self, size: int, now: float) -> float:
        """How many seconds to wait before sending ``size`` bytes, which are then spoken for."""
        if not self.rate:
            return 0.0
        start = max(self._free, now - _CREDIT_SECONDS)
        self._free = start + size / self.rate
        # They have gone through when the last of them has.
        return max(self._free - now, 0.0)

    @property
    def slice(self) -> int:
        """How many bytes to send at a time, so that others on the same line have their turn."""
        return min(max(int(self.rate * 0.002), 4096), 256 * 1024)
