"""What was played."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from altmount.streaming.viewing import Stream, Viewer

MOST_KEPT = 50
"""How many are remembered, while the program runs."""

_TOGETHER = timedelta(minutes=30)
"""A player that comes back sooner goes on with the same."""


@dataclass(frozen=True, slots=True)
class Viewed:
    """What a viewer got, over connections that have ended."""

    viewer: Viewer
    size: int
    """Of the file, in bytes."""

    since: datetime
    ended: datetime
    connections: int
    sent: int


class History:
    """The viewers whose connections ended last.

    A player makes a connection for each place that it jumps to: what it makes within half an hour
    is one entry.
    """

    def __init__(self) -> None:
        self._viewed: OrderedDict[Viewer, Viewed] = OrderedDict()

    def add(self, stream: Stream, now: datetime) -> None:
        """Take down a connection that has ended now."""
        viewer = stream.viewer
        new = Viewed(viewer, stream.size, stream.since, now, 1, stream.sent)
        before = self._viewed.pop(viewer, None)
        if before is not None and stream.since - before.ended <= _TOGETHER:
            connections, sent = before.connections + 1, before.sent + new.sent
            since = min(before.since, new.since)
            new = Viewed(viewer, new.size, since, now, connections, sent)
        self._viewed[viewer] = new
        if len(self._viewed) > MOST_KEPT:
            self._viewed.popitem(last=False)

    @property
    def viewed(self) -> Sequence[Viewed]:
        """The one that ended last first."""
        return list(reversed(self._viewed.values()))
