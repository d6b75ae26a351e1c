"""How fast something goes on, by looking at it every two seconds."""

from __future__ import annotations

from collections import deque

_LOOKS = 6
"""With the first and the last of them, ten seconds."""

_LONG_SECONDS = 9.0
"""Looks over so much time say that something stands still."""


class Pace:
    """The last looks at a count that only grows. It knows no clock."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, int]] = deque(maxlen=_LOOKS)

    def note(self, now: float, count: int) -> None:
        """Take down the count."""
        self._looks.append((now, count))

    @property
    def rate(self) -> float:
        """How much it grew a second, over the last ten; 0 before there were two looks."""
        if not self._looks:
            return 0.0
        (then, before), (now, after) = self._looks[0], self._looks[-1]
        return (after - before) / (now - then) if now > then else 0.0

    @property
    def stalled(self) -> bool:
        """Whether it has not grown for ten seconds."""
        if not self._looks:
            return False
        (then, before), (now, after) = self._looks[0], self._looks[-1]
        return after == before and now - then >= _LONG_SECONDS
