"""In which order jobs take their turn, and how one is put elsewhere in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from altmount.jobs import Priority

GAP = 2**32
"""From one job's place to the next one's, so that others can be put in between."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Of one job what its turn follows from."""

    id: int
    priority: Priority
    place: int


def moved(turns: Sequence[Turn], job_id: int, position: int) -> tuple[int, list[Turn]]:
    """Put a job elsewhere in the order.

    It takes on the priority of its new neighbours where its own would not let it be there.

    Args:
        turns: All jobs of the queue in their order.
        job_id: Which is moved; it is one of them.
        position: Where to, from 0; what lies outside means the nearest end.

    Returns:
        Where it is then, and the turns that are not as they were.
    """
    own = next(turn for turn in turns if turn.id == job_id)
    others = [turn for turn in turns if turn.id != job_id]
    at = min(max(position, 0), len(others))
    before = others[at - 1] if at else None
    after = others[at] if at < len(others) else None
    priority = own.priority
    if before is not None:
        priority = min(priority, before.priority)
    if after is not None:
        priority = max(priority, after.priority)
    low = before.place if before is not None and before.priority is priority else None
    high = after.place if after is not None and after.priority is priority else None
    place = _between(low, high)
    if place is not None:
        now = replace(own, priority=priority, place=place)
        return at, [] if now == own else [now]
    order = [*others[:at], replace(own, priority=priority), *others[at:]]
    same = [turn for turn in order if turn.priority is priority]
    renumbered = [replace(turn, place=number * GAP) for number, turn in enumerate(same, 1)]
    return at, [turn for turn in renumbered if turn not in turns]


def _between(low: int | None, high: int | None) -> int | None:
    """A place between two others; ``None`` if there is none left."""
    if low is None:
        return GAP if high is None else high - GAP
    if high is None:
        return low + GAP
    return (low + high) // 2 if high - low > 1 else None
