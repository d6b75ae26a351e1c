"""What the players and the imports met: bytes, reads, and those that failed."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.soak.weather import Weather

_MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class Failure:
    """A read or an import that ended in an error."""

    what: str
    begun: float
    """In seconds from the start, as all moments here."""

    failed: float
    excused: bool
    """The weather left no right copy."""


@dataclass(slots=True)
class Diary:
    """Counts of a run, and the first failures in full."""

    weather: Weather
    read_bytes: int = 0
    reads: int = 0
    """Reads that were begun."""

    imports: int = 0
    """NZBs that became files, each read to its end."""

    excused: int = 0
    faults: int = 0
    """Failures that are the program's own, wrong bytes among them."""

    longest_wait: float = 0.0
    """The longest that a reader waited for the next bytes while someone was sound, in seconds."""

    failures: list[Failure] = field(default_factory=list)

    def failed(self, what: str, begun: float, now: float) -> None:
        """A read or an import ended in an error; the weather says whose fault that is."""
        excused = self.weather.excuses(begun, now)
        self.excused += excused
        self.faults += not excused
        self._keep(Failure(what, begun, now, excused))

    def wrong(self, what: str, begun: float, now: float) -> None:
        """Bytes came that are not the post's. Nothing excuses that."""
        self.faults += 1
        self._keep(Failure(what, begun, now, excused=False))

    def waited(self, begun: float, now: float) -> None:
        """A reader had its next bytes at ``now``, having waited since ``begun``."""
        if now - begun > self.longest_wait and not self.weather.excuses(begun, now):
            self.longest_wait = now - begun

    def _keep(self, failure: Failure) -> None:
        if len(self.failures) < _MOST_KEPT or not failure.excused:
            self.failures.append(failure)
