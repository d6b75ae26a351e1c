"""How far a reader reads ahead."""

from __future__ import annotations

# What a client has ahead of it beyond a round trip, in seconds at the rate that it takes.
_SLACK_SECONDS = 1.0
# In less than this a clock tells no rate, in seconds.
_NO_TIME = 1e-6
# A window that is so many times what it must be gives the rest back.
_GENEROUS = 2


class Window:
    """A number of bytes that starts small and doubles while the reader waits.

    A reader that may leave any moment asks for little: one article at a time, until it took a
    second. One that takes all that comes is worth more. A client that takes its time needs what
    it takes in a round trip and a little more, however much it took at first: the rest is memory
    that others could use. How much of it is in the air at once is the pool's to decide.
    """

    def __init__(self, first: int, now: float) -> None:
        self.size = first
        """In bytes. One article may be ahead in any case."""

        self._began = now
        self._first = True
        self._taken = 0
        self._waited = False
        self._trip = 0.0

    def took(self, size: int, *, waited: bool, trip: float, most: int, now: float) -> None:
        """The reader took an article of ``size`` bytes.

        Args:
            size: In bytes.
            waited: Whether it had to wait for it.
            trip: How long it took from asking for it to having it, in seconds.
            most: How large the window may be now, in bytes.
            now: The time, in seconds.
        """
        if self._first:
            self._first = False  # everyone waits for it, also who wants no more
            self._began = now
            return
        self._taken += size
        self._waited |= waited
        self._trip = max(self._trip, trip)
        if self._taken >= self.size:
            self.size = min(most, self._next(size, now - self._began))
            self._began, self._taken, self._waited, self._trip = now, 0, False, 0.0

    def _next(self, article: int, elapsed: float) -> int:
        """The next size, after a window's worth of bytes was taken in so many seconds."""
        if self._waited:
            return max(self.size, article) * 2
        if elapsed < _NO_TIME:
            return self.size
        # One comes while one is taken, at the least.
        least = 2 * article
        target = max(least, int(self._taken / elapsed * (self._trip + _SLACK_SECONDS)))
        if self.size > _GENEROUS * target:
            return max(target, self.size // 2)
        return self.size
