"""Connections of players, of which nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from altmount.library.paths import VirtualPath
from altmount.streaming.pace import Pace
from altmount.streaming.viewing import Viewer

FILM = Viewer(VirtualPath("/film.mkv"), "ann", "files", "192.0.2.1", "mpv")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass
class Sent:
    viewer: Viewer = FILM
    size: int = 1000
    start: int = 0
    sent: int = 0
    since: datetime = NOON
    pace: Pace = field(default_factory=Pace)

    def going(self, rate):
        self.pace.note(0, 0)
        self.pace.note(10, 10 * rate)
        return self
