"""The connections of a pool, by how far they have come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from altmount.nntp.connection import Connection


class Roster:
    """Who is being dialled, who is ready, and who has ended but not left the server's count.

    Iterating goes over those that are being dialled or are ready.
    """

    def __init__(self) -> None:
        self._dialling: dict[Connection, float] = {}
        self._ready: dict[Connection, float] = {}
        self._closing: dict[Connection, bool] = {}

    def __len__(self) -> int:
        return len(self._dialling) + len(self._ready)

    def __iter__(self) -> Iterator[Connection]:
        yield from tuple(self._ready)
        yield from tuple(self._dialling)

    @property
    def dialling(self) -> int:
        return len(self._dialling)

    @property
    def ready(self) -> int:
        return len(self._ready)

    @property
    def closing(self) -> tuple[Connection, ...]:
        """Those that have ended, and whose sockets are there yet."""
        return tuple(self._closing)

    @property
    def sockets(self) -> int:
        """How many places all of them take."""
        return len(self) + len(self._closing)

    @property
    def counted(self) -> int:
        """How many the server has let in and may still count."""
        return len(self._ready) + sum(self._closing.values())

    @property
    def idle(self) -> int:
        """How many are ready and have nothing to answer."""
        return sum(1 for connection in self._ready if not connection.load)

    @property
    def draining(self) -> int:
        """How many have an answer next that nobody wants any more."""
        return sum(1 for connection in self._ready if connection.draining)

    @property
    def unanswered(self) -> int:
        """How many answers are owed, abandoned ones included."""
        return sum(connection.load for connection in self._ready)

    @property
    def usable(self) -> bool:
        """Whether an exchange may be sent over any."""
        return any(connection.usable for connection in self._ready)

    def dialled(self, connection: Connection, now: float) -> None:
        """It is being dialled."""
        self._dialling[connection] = now

    def let_in(self, connection: Connection, now: float) -> float:
        """The server has let it in; how long that took since it was dialled, in seconds."""
        self._ready[connection] = now
        return now - self._dialling.pop(connection)

    def lost(self, connection: Connection) -> float | None:
        """It has ended; its socket may be there yet.

        Returns:
            When it was dialled, if the server never let it in.
        """
        self._closing[connection] = self._ready.pop(connection, None) is not None
        return self._dialling.pop(connection, None)

    def closed(self, connection: Connection) -> None:
        """Its socket is gone."""
        del self._closing[connection]

    def is_dialling(self, connection: Connection) -> bool:
        return connection in self._dialling

    def pick(
        self,
        alone: int,
        depth: int,
        *,
        another: int,
        heard: float = 0.0,
        behind: float = 0.0,
        avoid: Connection | None = None,
    ) -> Connection | None:
        """The one that answers soonest, if any should take one exchange more.

        Args:
            alone: With so many busy, exchanges share connections; below that each gets its own.
            depth: How many may share one.
            another: With fewer busy than that, one of its own is worth waiting for, because it
                will be dialled.
            heard: One that is shared must have been heard since then: who is sent behind an answer
                that is late may wait until it is given up.
            behind: It may wait while so many bytes that are dropped come, rather than for another
                connection.
            avoid: Not this one.
        """
        idle: list[Connection] = []
        busy: list[Connection] = []
        for connection in self._ready:
            if connection.load:
                busy.append(connection)
            elif connection.usable:
                idle.append(connection)
        if idle and len(busy) < alone:
            return max(idle, key=lambda connection: connection.since)  # the warmest
        room = [other for other in busy if other.load < depth and other is not avoid]
        # They come over one line, so that all of them are in the way.
        if behind and sum(other.unwanted for other in busy) <= behind:
            clearing = _least_owed([other for other in room if other.clearing])
            if clearing is not None:
                return clearing
        if len(busy) < another:
            return None
        return _least_owed([other for other in room if other.usable and other.heard_at >= heard])


def _least_owed(connections: Iterable[Connection]) -> Connection | None:
    return min(connections, key=lambda connection: connection.outstanding, default=None)
