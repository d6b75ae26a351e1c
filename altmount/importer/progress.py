"""How far an import is."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

Told = Callable[[float], None]
"""Called with how much of a stage is done, from 0 to 1."""


class Stage(enum.Enum):
    """What is done of an import, one after the other; what needs not be done is left out."""

    PARSING = ("Parsing NZB", 0, 5)
    CHECKING = ("Checking segment availability", 5, 50)
    SWEEPING = ("Looking for what is missing", 50, 70)
    UNPACKING = ("Analyzing archive", 70, 85)
    PROVING = ("Reading the first bytes", 85, 95)
    PLACING = ("Writing metadata", 95, 100)

    def __init__(self, words: str, start: int, stop: int) -> None:
        self.words = words
        """What people are shown; the Go altmount's words where it has such a stage."""

        self.start = start
        """How much of 100 of the whole is done when it begins."""

        self.stop = stop
        """And when it ends."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is."""

    stage: Stage = Stage.PARSING
    done: float = 0.0
    """How much of that stage is done, from 0 to 1."""

    @property
    def percentage(self) -> int:
        """How much of 100 is done of the whole, by and large: at most 99, as it goes on."""
        share = min(max(self.done, 0.0), 1.0)
        return min(int(self.stage.start + (self.stage.stop - self.stage.start) * share), 99)


class Track:
    """Is told what an import does, and tells somebody how far it is."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self._tell = tell

    def begin(self, stage: Stage) -> Told:
        """Say that a stage begins; what is returned is told how much of it is done."""

        def told(done: float) -> None:
            self._tell(Progress(stage, done))

        told(0.0)
        return told


def unheard(_done: object) -> None:
    """Tells nobody."""


UNTRACKED = Track(unheard)
"""Of what nobody waits for."""
