"""The line: what all accounts share, and how much of it each may fill."""

from __future__ import annotations

from collections.abc import Iterable

from altmount.aio.climb import Climb, Flow, Metered, Why


class Line:
    """The line that all accounts share.

    Each has a limit of its own for bulk in flight, because some limit their connections; but
    each limit is judged by what all of them deliver together, so that they do not crowd each
    other out, and together have no more in flight than the line can use.
    """

    def __init__(self) -> None:
        self.trying: Climb | None = None
        self.tries_until = 0.0
        self._parts: dict[Metered, Climb] = {}
        self._gone = 0

    @property
    def received(self) -> int:
        """How many bytes have come over it, in bytes, whoever asked for them."""
        return self._gone + sum(part.received for part in self._parts)

    def join(self, account: Metered, first: int, now: float) -> Climb:
        """The limit of one account's bulk, ``first`` bytes until more is known."""
        climb = self._parts[account] = Climb(first, account, self, now)
        return climb

    def leave(self, account: Metered) -> None:
        """An account asks no more."""
        climb = self._parts.pop(account, None)
        if climb is None:
            return
        self._gone += account.received
        if self.trying is climb:
            self.trying = None

    def flow(self) -> Flow:
        """All accounts together; those that are idle have no part in the limit."""
        return _together(climb.flow() for climb in self._parts.values())


def _together(flows: Iterable[Flow]) -> Flow:
    busy = [flow for flow in flows if flow.why is not Why.IDLE]
    if not busy:
        return Flow(0.0, 0.0, 0, 0, Why.IDLE)
    return Flow(
        rate=sum(flow.rate for flow in busy),
        round_trip=min((flow.round_trip for flow in busy if flow.round_trip), default=0.0),
        limit=sum(flow.limit for flow in busy),
        in_flight=sum(flow.in_flight for flow in busy),
        why=min((flow.why for flow in busy), key=_ORDER.index),
    )


# What is said of all is what is most in motion.
_ORDER = (Why.PROBING, Why.FILLING, Why.FULL, Why.CLIENT)
