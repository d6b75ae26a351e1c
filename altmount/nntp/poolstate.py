"""How a pool stands at one moment, for whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass

from altmount.aio.climb import Flow
from altmount.articles import Urgency


@dataclass(frozen=True, slots=True)
class PoolState:
    """Connections, and what waits for them."""

    dialling: int
    """Connections that are being made."""

    idle: int
    """Connections with nothing to answer."""

    busy: int
    """Connections with answers that somebody waits for."""

    draining: int
    """Connections whose next answer nobody wants any more."""

    allowed: int
    """How many there may be now."""

    limit: int
    """How many the account was sold with."""

    waiting: tuple[int, ...]
    """Exchanges that wait for their turn, by :class:`Urgency`."""

    unanswered: int
    """Exchanges that were sent and are not answered."""

    bulk: Flow
    """Of those, what fills the line while nobody waits for it this moment, and what limits it."""

    trouble: str
    """Why the last connection could not be made; empty once one could."""

    def __str__(self) -> str:
        """All of it in a line."""
        waiting = " ".join(
            f"{urgency.name.lower().replace('_', '-')}:{count}"
            for urgency, count in zip(Urgency, self.waiting, strict=True)
            if count
        )
        line = (
            f"{self.busy} busy, {self.idle} idle, {self.dialling} dialling,"
            f" {self.draining} draining of {self.allowed} connections (limit {self.limit});"
            f" {self.unanswered} unanswered, bulk {self.bulk};"
            f" waiting {waiting or 'nobody'}"
        )
        return f"{line}; {self.trouble}" if self.trouble else line
