"""What the server has seen and done."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

MOST_ARTICLES = 1_000_000
"""Message-IDs that are counted one by one; those that come later are not."""

BODIES = frozenset({"BODY", "ARTICLE"})
"""The commands that are answered with a body."""


@dataclass(slots=True)
class Counts:
    """Gauges of now, and sums and peaks since the counters were last reset."""

    connections: int = 0
    """Open now, without those that are being refused."""

    connections_peak: int = 0
    connections_accepted: int = 0

    connections_refused: int = 0
    """Beyond the cap."""

    in_flight: int = 0
    """Commands that have arrived and are not fully answered."""

    in_flight_peak: int = 0

    bodies_in_flight: int = 0
    """Those among them that ask for a body."""

    bodies_in_flight_peak: int = 0

    held: int = 0
    """Answers that wait at a gate now."""

    stalled: int = 0
    """Answers that have stalled on request and have not gone on."""

    bytes_sent: int = 0
    """Handed to the network, without what TLS adds."""

    bodies_sent: int = 0
    """Answers with a body, right or wrong, that were sent to their end."""

    commands: Counter[str] = field(default_factory=Counter)
    """Arrived, by kind; ``OTHER`` are those the server does not know."""

    body_requests: Counter[str] = field(default_factory=Counter)
    """BODY and ARTICLE arrived, by Message-ID without angle brackets."""

    stat_requests: Counter[str] = field(default_factory=Counter)
    """STAT arrived, by Message-ID without angle brackets."""

    def snapshot(self) -> dict[str, Any]:
        """All of them, fit for JSON."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: dict(value) if isinstance(value, Counter) else value
            for name, value in values.items()
        }


class Counters:
    """Keeps the counts, and wakes those who wait for them."""

    def __init__(self) -> None:
        self.now = Counts()
        self._watchers: list[tuple[Callable[[Counts], bool], asyncio.Future[None]]] = []

    def reset(self) -> None:
        """Start all sums again, and all peaks from what is now."""
        old = self.now
        self.now = Counts(
            connections=old.connections,
            connections_peak=old.connections,
            in_flight=old.in_flight,
            in_flight_peak=old.in_flight,
            bodies_in_flight=old.bodies_in_flight,
            bodies_in_flight_peak=old.bodies_in_flight,
            held=old.held,
            stalled=old.stalled,
        )

    async def until(self, holds: Callable[[Counts], bool]) -> None:
        """Wait until the counts are such that ``holds``: what a test does in place of sleeping."""
        if holds(self.now):
            return
        watcher = (holds, asyncio.get_running_loop().create_future())
        self._watchers.append(watcher)
        try:
            await watcher[1]
        finally:
            self._watchers.remove(watcher)

    def connected(self) -> None:
        counts = self.now
        counts.connections += 1
        counts.connections_accepted += 1
        counts.connections_peak = max(counts.connections_peak, counts.connections)
        self._changed()

    def disconnected(self) -> None:
        self.now.connections -= 1
        self._changed()

    def refused(self) -> None:
        self.now.connections_refused += 1
        self._changed()

    def arrived(self, kind: str, message_id: str) -> None:
        """A command has come; ``message_id`` is empty where it names none."""
        counts = self.now
        counts.commands[kind] += 1
        counts.in_flight += 1
        counts.in_flight_peak = max(counts.in_flight_peak, counts.in_flight)
        if kind in BODIES:
            counts.bodies_in_flight += 1
            counts.bodies_in_flight_peak = max(
                counts.bodies_in_flight_peak, counts.bodies_in_flight
            )
            _count(counts.body_requests, message_id)
        elif kind == "STAT":
            _count(counts.stat_requests, message_id)
        self._changed()

    def answered(self, kind: str) -> None:
        """A command is dealt with, or its connection is gone."""
        self.now.in_flight -= 1
        if kind in BODIES:
            self.now.bodies_in_flight -= 1
        self._changed()

    def sent(self, size: int) -> None:
        self.now.bytes_sent += size
        self._changed()

    def body_sent(self) -> None:
        self.now.bodies_sent += 1
        self._changed()

    def held(self, change: int) -> None:
        self.now.held += change
        self._changed()

    def stalled(self, change: int) -> None:
        self.now.stalled += change
        self._changed()

    def _changed(self) -> None:
        for holds, future in self._watchers:
            if not future.done() and holds(self.now):
                future.set_result(None)


def _count(requests: Counter[str], message_id: str) -> None:
    if message_id and (message_id in requests or len(requests) < MOST_ARTICLES):
        requests[message_id] += 1
