"""The shortest time that answers took lately."""

from __future__ import annotations

# How long a time counts, in seconds: between this and twice as long.
_SECONDS = 5.0
# Of the usual size, in bytes, this share is new with each answer.
_FRESH = 1 / 16
# An answer of less than this share of the usual size is no measure for others.
_COMPARABLE = 0.9


class Shortest:
    """The shortest time of a full-sized answer, of the last few seconds.

    Small answers come sooner because they are small, so they do not count. What is usual is an
    average by bytes, which a mixture of sizes draws towards the large ones.
    """

    def __init__(self) -> None:
        self.usual = 0
        """How large an answer is, by bytes."""

        self._since = 0.0
        self._before: float | None = None
        self._now: float | None = None

    @property
    def value(self) -> float | None:
        """In seconds; ``None`` while there was no answer."""
        times = [time for time in (self._before, self._now) if time is not None]
        return min(times, default=None)

    def add(self, took: float, size: int, now: float) -> None:
        """An answer of ``size`` bytes took so many seconds."""
        weight = min(1.0, _FRESH * size / self.usual) if self.usual else 1.0
        self.usual += round((size - self.usual) * weight)
        if size < _COMPARABLE * self.usual:
            return
        if now - self._since > _SECONDS:
            self._before, self._now, self._since = self._now, None, now
        if self._now is None or took < self._now:
            self._now = took
