"""Speeds, out of counters that are looked at now and then."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

_WINDOW_SECONDS = 10.0
_SHORTEST_SECONDS = 2.0
_HOUR = 3600.0
_HOURS = 24


class Speedometer:
    """Counters by name as they were in the last seconds, and in the last 24 hours.

    To be told about every two seconds; it knows no clock.
    """

    def __init__(self, now: float, counts: Mapping[str, int]) -> None:
        self._recent = deque([(now, dict(counts))])
        self._hours = deque([(now, dict(counts))], maxlen=_HOURS + 1)
        self._peaks: dict[str, float] = {}

    def note(self, now: float, counts: Mapping[str, int]) -> None:
        """Take down the counters; they only ever grow."""
        self._recent.append((now, dict(counts)))
        # The newest that is older than the window stays, as what the others are compared with.
        while len(self._recent) > 1 and self._recent[1][0] <= now - _WINDOW_SECONDS:
            self._recent.popleft()
        if now >= self._hours[-1][0] + _HOUR:
            self._hours.append(self._recent[-1])
        for name in counts:
            self._peaks[name] = max(self.peak(name), self.rate(name))

    def rate(self, name: str) -> float:
        """How much a counter grew a second, over the last ten."""
        (then, before), (now, after) = self._recent[0], self._recent[-1]
        if now - then < _SHORTEST_SECONDS:
            return 0.0
        return (after.get(name, 0) - before.get(name, 0)) / (now - then)

    def peak(self, name: str) -> float:
        """The highest rate there was."""
        return self._peaks.get(name, 0.0)

    def day(self, name: str) -> int:
        """How much a counter grew in the last 24 hours, or since the start; to the hour."""
        return self._recent[-1][1].get(name, 0) - self._hours[0][1].get(name, 0)
