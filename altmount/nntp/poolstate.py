"""How a pool stands at one moment, for whoever watches it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from altmount.aio.climb import Flow
from altmount.articles import Urgency
from altmount.nntp.breaker import BreakerState


class AccountState(enum.StrEnum):
    """Whether an account can be used, and if not, why."""

    OK = "ok"
    WRONG_PASSWORD = "wrong password"  # noqa: S105 the server refuses the login
    QUOTA_USED_UP = "quota used up"
    REFUSING = "refusing"  #: The server is there and lets nobody in.
    UNREACHABLE = "unreachable"
    NETWORK_DOWN = "network down"  #: Nothing is said about the account.


@dataclass(frozen=True, slots=True)
class QuotaState:
    """What was used of an account. Moments are seconds since 1970, in UTC."""

    used: int
    """Bytes on the wire in the present period."""

    limit: int
    """How many there may be; 0 for as many as wanted."""

    resets_at: float | None
    """When the period ends; ``None`` for never."""


@dataclass(frozen=True, slots=True)
class PoolState:
    """Connections, and what waits for them."""

    account: AccountState

    breaker: BreakerState

    dialling: int
    """Connections that are being made."""

    idle: int
    """Connections with nothing to answer."""

    busy: int
    """Connections with answers that somebody waits for."""

    draining: int
    """Connections whose next answer nobody wants any more."""

    closing: int
    """Connections that are not used any more and that the server may still count."""

    taken: int
    """How many connections of the account the server may count, those of other pools included."""

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

    quota: QuotaState

    trouble: str
    """What went wrong last, while something is wrong; empty otherwise."""

    def __str__(self) -> str:
        """All of it in a line."""
        waiting = " ".join(
            f"{urgency.name.lower().replace('_', '-')}:{count}"
            for urgency, count in zip(Urgency, self.waiting, strict=True)
            if count
        )
        line = (
            f"{self.account}, breaker {self.breaker};"
            f" {self.busy} busy, {self.idle} idle, {self.dialling} dialling,"
            f" {self.draining} draining, {self.closing} closing of {self.allowed} connections"
            f" (limit {self.limit});"
            f" {self.unanswered} unanswered, bulk {self.bulk};"
            f" waiting {waiting or 'nobody'}"
        )
        return f"{line}; {self.trouble}" if self.trouble else line
