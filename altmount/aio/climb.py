"""A limit that finds how much in flight is worth it."""

from __future__ import annotations

# An epoch is long enough to tell one rate from another, in seconds.
_EPOCH_SECONDS = 0.05
# What twice as much in flight must deliver more to be kept, and half as much at least.
_WORTHWHILE, _HARMLESS = 1.1, 0.97
# How long to be content after a trial that failed, in seconds.
_CONTENT_SECONDS = 2.0


class Climb:
    """How many answers may be in flight: as many as deliver more than fewer would.

    A line that is not full delivers more when more is asked of it; one that is full only makes
    everything beside it wait. So the limit is doubled while that delivers more, and goes back
    when it does not; then half of it is tried, for lines change. Only epochs in which the limit
    held something back say anything.
    """

    def __init__(self, first: int, most: int, now: float) -> None:
        self.size = min(first, most)
        self._most = most
        self._began = now
        self._settling = 0
        self._count = 0
        self._bytes = 0
        self._held_back = False
        self._rate = 0.0
        self._tried_from: int | None = None
        self._upward = True
        self._content_until = 0.0

    def hold_back(self) -> None:
        """Something waits because of the limit."""
        self._held_back = True

    def answered(self, size: int, now: float) -> None:
        """An answer of ``size`` bytes has come."""
        if self._settling:  # it was asked for under another limit
            self._settling -= 1
            self._began = now
            return
        self._count += 1
        self._bytes += size
        elapsed = now - self._began
        if self._count < self.size or elapsed < _EPOCH_SECONDS:
            return
        rate, held_back = self._bytes / elapsed, self._held_back
        self._began, self._count, self._bytes, self._held_back = now, 0, 0, False
        if held_back:
            self._judge(rate, now)

    def _judge(self, rate: float, now: float) -> None:
        """Decide at the end of an epoch that delivered ``rate`` bytes a second."""
        before = self._tried_from
        self._tried_from = None
        if before is not None:
            wanted = self._rate * (_WORTHWHILE if self.size > before else _HARMLESS)
            if rate < wanted:
                self._move(before)
                self._upward = not self._upward
                self._content_until = now + _CONTENT_SECONDS
                return
        self._rate = rate
        if now < self._content_until:
            return
        other = min(self._most, self.size * 2) if self._upward else max(1, self.size // 2)
        if other == self.size:
            self._upward = not self._upward
            self._content_until = now + _CONTENT_SECONDS
            return
        self._tried_from = self.size
        self._move(other)

    def _move(self, size: int) -> None:
        self._settling = max(self.size, size)
        self.size = size
