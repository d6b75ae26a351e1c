"""The site: what all connections of a news server share."""

from __future__ import annotations

import random

from altmount.newsserver.bucket import Bucket
from altmount.newsserver.counters import Counters
from altmount.newsserver.faults import FaultBook
from altmount.newsserver.gates import Gates
from altmount.newsserver.knobs import Knobs
from altmount.newsserver.spool import Spool


class Site:
    """Articles, knobs, counters and gates of one news server."""

    def __init__(self, knobs: Knobs, spool: Spool) -> None:
        self.spool = spool
        self.counters = Counters()
        self.gates = Gates()
        self.line = Bucket(knobs.total_rate)
        """What all connections send through."""

        self.faults = FaultBook(knobs.faults, knobs.seed)
        self._knobs = knobs
        self._random = random.Random(knobs.seed)  # noqa: S311 -- not a secret

    @property
    def knobs(self) -> Knobs:
        """How the server behaves. Turning them is felt by open connections, too."""
        return self._knobs

    @knobs.setter
    def knobs(self, knobs: Knobs) -> None:
        old, self._knobs = self._knobs, knobs
        if knobs.total_rate != old.total_rate:
            self.line = Bucket(knobs.total_rate)
        # Turning another knob does not make a fault forget whom it has met.
        if (knobs.faults, knobs.seed) != (old.faults, old.seed):
            self.faults = FaultBook(knobs.faults, knobs.seed)

    def latency(self) -> float:
        """Seconds until the next answer is due."""
        knobs = self._knobs
        if not knobs.jitter:
            return knobs.latency
        return knobs.latency + self._random.uniform(0, knobs.jitter)
