"""How far a reader reads ahead."""

from __future__ import annotations

# An epoch is long enough to tell one rate from another, in seconds.
_EPOCH_SECONDS = 0.02
# What a larger window must deliver over a smaller one to be worth its bytes in the air.
_WORTHWHILE = 1.1
# How long to be content with a window before a larger one is tried again, in seconds.
_CONTENT_SECONDS = 1.0


class Window:
    """A number of articles that starts small and doubles while that delivers more.

    A reader that waits is either short of articles in the air, when more of them help, or at
    the end of what line and machine can do, when more of them only make every seek beside it
    wait. So the window doubles while the reader waits, and what it then delivers is compared
    with what it delivered before: if that is no more, it goes back. A client that takes its
    time never makes it wait, and the window stays as it is.
    """

    def __init__(self, first: int, most: int, now: float) -> None:
        self.size = min(first, most)
        self._most = most
        self._began = now
        self._count = 0
        self._bytes = 0
        self._waited = False
        self._rate = 0.0
        self._smaller: int | None = None
        self._content_until = 0.0

    def took(self, size: int, *, waited: bool, now: float) -> None:
        """The reader took an article of ``size`` bytes, and had to wait for it or not."""
        self._count += 1
        self._bytes += size
        self._waited |= waited
        elapsed = now - self._began
        if self._count < self.size or elapsed < _EPOCH_SECONDS:
            return
        self._judge(self._bytes / elapsed, now)
        self._began, self._count, self._bytes, self._waited = now, 0, 0, False

    def _judge(self, rate: float, now: float) -> None:
        """Decide at the end of an epoch that delivered ``rate`` bytes a second."""
        if self._smaller is not None and rate < self._rate * _WORTHWHILE:
            self.size, self._smaller = self._smaller, None
            self._content_until = now + _CONTENT_SECONDS
            return
        self._rate, self._smaller = rate, None
        if self._waited and self.size < self._most and now >= self._content_until:
            self._smaller = self.size
            self.size = min(self._most, self.size * 2)
