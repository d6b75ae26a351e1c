"""What a benchmark finds out: figures, and what they must be."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.ground import Ground

MB, GIB = 10**6, 1 << 30


class BenchError(Exception):
    """Something cannot be measured."""


class Verdict(enum.StrEnum):
    KEPT = "ok"
    MISSED = "MISSED"
    FREE = ""  #: There is no budget.


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured, several times."""

    what: str
    value: float
    """The median of the samples, unless its row says otherwise."""

    unit: str
    samples: tuple[float, ...]
    at_most: float | None = None
    at_least: float | None = None
    ancestor: str = ""
    """What the program's ancestor needs, where it was measured."""

    note: str = ""
    """What the budget or the figure was made from in this run."""

    @property
    def verdict(self) -> Verdict:
        if self.at_most is None and self.at_least is None:
            return Verdict.FREE
        high = self.at_most is not None and self.value > self.at_most
        low = self.at_least is not None and self.value < self.at_least
        return Verdict.MISSED if high or low else Verdict.KEPT

    @property
    def budget(self) -> str:
        bounds = []
        if self.at_least is not None:
            bounds.append(f"≥ {shown(self.at_least)}")
        if self.at_most is not None:
            bounds.append(f"≤ {shown(self.at_most)}")
        return ", ".join(bounds)


@dataclass(frozen=True, slots=True)
class Row:
    """One benchmark: a name to ask for, and how its figures come about."""

    name: str
    title: str
    measure: Callable[[Ground], Iterator[Figure]]


def figure(what: str, unit: str, samples: Sequence[float], **rest) -> Figure:
    """The median of some samples."""
    if not samples:
        raise BenchError(f"{what}: nothing was measured")
    return Figure(what, median(samples), unit, tuple(samples), **rest)


def shown(value: float) -> str:
    """A number with three digits, or more before the point; no more than two after it."""
    rounded = float(f"{value:.3g}")
    if value == 0 or abs(rounded) >= 100:
        return f"{value:,.0f}"
    return f"{rounded:.1f}" if abs(rounded) >= 10 else f"{rounded:.2f}"
