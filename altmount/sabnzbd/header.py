"""How the program stands, as it heads the queue and the status."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from altmount.sabnzbd.quantities import gigabytes, units

VERSION = "4.5.0"
"""The version of SABnzbd whose answers these are."""


@dataclass(frozen=True, slots=True)
class Space:
    """Of the disk that the program keeps its data on, in bytes."""

    total: int = 0
    free: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How the program stands."""

    paused: bool = False
    until: datetime | None = None
    """When a pause ends by itself."""

    rate: float = 0.0
    """Bytes a second that providers deliver."""

    warnings: int = 0
    space: Space = Space()


def header(standing: Standing, now: datetime) -> dict[str, Any]:
    """What both begin with."""
    space = standing.space
    return {
        "version": VERSION,
        "paused": standing.paused,
        "pause_int": pause_left(standing, now),
        "paused_all": False,
        "diskspace1": gigabytes(space.free),
        "diskspace2": gigabytes(space.free),
        "diskspace1_norm": units(space.free),
        "diskspace2_norm": units(space.free),
        "diskspacetotal1": gigabytes(space.total),
        "diskspacetotal2": gigabytes(space.total),
        "speedlimit": "100",
        "speedlimit_abs": "0",
        "have_warnings": str(standing.warnings),
        "finishaction": None,
        "quota": "0 ",
        "have_quota": False,
        "left_quota": "0 ",
        "cache_art": "0",
        "cache_size": "0 B",
    }


def pause_left(standing: Standing, now: datetime) -> str:
    """How long a pause lasts, as ``M:SS``; ``0`` if it does not end by itself."""
    if not standing.paused or standing.until is None or standing.until <= now:
        return "0"
    minutes, seconds = divmod(int((standing.until - now).total_seconds()), 60)
    return f"{minutes}:{seconds:02}"
