"""What must hold of a run: at every look, and at its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_GROWTH_MIB, _SHORT_GROWTH_MIB = 20.0, 60.0
_LONG_SECONDS = 300.0
_WARM_SHARE = 0.25
_SPARE_TASKS = 16


@dataclass(frozen=True, slots=True)
class Look:
    """What the program held at one moment; see `tests.support.snapshot`."""

    at: float
    """In seconds from the start."""

    tasks: int
    sockets: int
    places: int
    readers: int
    fetches: int
    connections: int
    bytes: int
    most_bytes: int
    allowed_bytes: int


def excesses(look: Look, before: Look, clients: int, caps: int) -> Iterator[str]:
    """What there is more of than there may be while so many clients are there.

    Args:
        look: What there is.
        before: What there was with no client.
        clients: Who reads, at most.
        caps: How many connections all providers together allow.
    """
    busy = look.connections + look.fetches
    bounds = {
        "connections": caps,
        "readers": clients,
        "most_bytes": look.allowed_bytes,
        "bytes": look.allowed_bytes,
        # Twice: one that has left may not be known to have.
        "sockets": before.sockets + look.connections + 2 * clients,
        "tasks": before.tasks + busy + 3 * clients + _SPARE_TASKS,
    }
    for name, bound in bounds.items():
        if (found := getattr(look, name)) > bound:
            yield f"{found} {name}, of which there may be {bound}"


def leftovers(look: Look, before: Look) -> Iterator[str]:
    """What a program that nobody uses any more still holds; warm connections are its to keep."""
    bounds = {
        "places": 0,
        "readers": 0,
        "fetches": 0,
        "sockets": before.sockets + max(0, look.connections - before.connections),
        "tasks": before.tasks,
    }
    for name, bound in bounds.items():
        if (found := getattr(look, name)) > bound:
            yield f"{found} {name} are left, of which {bound} were there before"


def growth(samples: Sequence[float]) -> float:
    """How much the most that was needed grew, from the first third after warming up to the last."""
    warm = samples[int(len(samples) * _WARM_SHARE) :]
    third = len(warm) // 3
    return max(warm[-third:]) - max(warm[:third]) if third else 0.0


def most_growth(seconds: float) -> float:
    """How much more memory, in MiB, the program may take at the end of a run than once it was warm.

    In a run of a minute it is hardly warm before the end, so that only a gross leak can be told.
    """
    return _GROWTH_MIB if seconds >= _LONG_SECONDS else _SHORT_GROWTH_MIB


def overbooked(peaks: Mapping[str, int], caps: Mapping[str, int]) -> Iterator[str]:
    """Accounts that had more connections at once than they allow."""
    for name, cap in caps.items():
        if peaks[name] > cap:
            yield f"{name} had {peaks[name]} connections at once and allows {cap}"
