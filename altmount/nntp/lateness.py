"""When an answer is late: after nearly all like it have come."""

from __future__ import annotations

from collections import deque

# How many answers of about a size are remembered, and how many say something.
_REMEMBERED, _ENOUGH = 64, 8
# An answer is late once it took so many times as long as all but a twentieth of them.
_MARGIN, _RANK = 1.5, 0.95
# Bounds of what is late, and what it is while nothing is known, in seconds.
_SOONEST, _LATEST, _UNKNOWN = 0.15, 3.0, 2.0
# After so many answers what is late is found out anew.
_FRESH = 8


class Lateness:
    """What answers of an account took lately, by about how large they are."""

    def __init__(self) -> None:
        self.answered_at = 0.0
        """When the last answer came."""

        self._times: dict[int, deque[float]] = {}
        self._late: dict[int, float] = {}
        self._count = 0

    def add(self, took: float, size: int, now: float) -> None:
        """An answer of ``size`` bytes came, ``took`` seconds after it was asked for."""
        self.answered_at = now
        times = self._times.setdefault(size.bit_length(), deque(maxlen=_REMEMBERED))
        times.append(took)
        self._count += 1
        if self._count % _FRESH == 0:
            self._late.clear()

    def late_after(self, size: int) -> float:
        """After how many seconds an answer of ``size`` bytes is late."""
        kind = size.bit_length()
        late = self._late.get(kind)
        if late is None:
            times = self._times.get(kind, ())
            if len(times) < _ENOUGH:
                return _UNKNOWN
            usual = sorted(times)[int(_RANK * (len(times) - 1))]
            late = self._late[kind] = min(_LATEST, max(_SOONEST, _MARGIN * usual))
        return late
