"""How deep to pipeline: a rule over speeds that were measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DEPTHS = (1, 4, 8, 16)
"""The depths that are tried; the first is what the others are compared with."""

_WORTHWHILE = 1.10


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What came of trying."""

    depth: int
    """The depth to set."""

    baseline: float
    """Speed without pipelining, in bytes a second."""

    best: float
    worthwhile: bool
    """Whether pipelining brings anything."""

    warning: str = ""

    @property
    def improvement(self) -> float:
        """How much faster the best is, in percent."""
        return (self.best / self.baseline - 1) * 100 if self.baseline > 0 else 0.0


def recommend(speeds: Mapping[int, float], current: int) -> Recommendation:
    """The smallest depth that is as fast as the fastest, if that is worth it.

    Args:
        speeds: Bytes a second, by depth; one that could not be measured is left out.
        current: The depth that is set now, which stays if nothing can be said.
    """
    baseline = speeds.get(DEPTHS[0], 0.0)
    best = max(speeds.values(), default=0.0)
    if baseline <= 0:
        warning = "nothing arrived without pipelining, so there is nothing to compare with"
        return Recommendation(current, baseline, best, worthwhile=False, warning=warning)
    if best < baseline * _WORTHWHILE:
        return Recommendation(1, baseline, best, worthwhile=False)
    depth = min(depth for depth, speed in speeds.items() if speed == best)
    return Recommendation(depth, baseline, best, worthwhile=True)
