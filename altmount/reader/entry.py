"""An article in memory, or on its way there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from altmount.articles import Body, MessageId, Urgency, Wanted


@dataclass(eq=False, slots=True)
class Entry:
    """An article that somebody wants, or that is kept."""

    message_id: MessageId
    part: Wanted | None
    urgency: Urgency
    size: int
    """What is taken from the budget for it, once it was admitted."""

    reader: object
    asked_at: float
    """When it was first wanted, by the loop's clock."""

    trip: float = 0.0
    """How long it took from then until it was here, in seconds."""

    body: Body | None = None
    error: BaseException | None = None
    fetch: asyncio.Task[Body] | None = None
    waiters: list[asyncio.Future[None]] = field(default_factory=list)
    wishes: int = 0
    pins: int = 0
    gone: bool = False
    """Evicted, or dropped before it came; whoever still wants it must ask anew."""

    @property
    def here(self) -> bool:
        return self.body is not None and not self.gone

    @property
    def coming(self) -> bool:
        return self.body is None and self.error is None

    def landed(self) -> None:
        """Wake who waits for it, however it ended."""
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None)
        self.waiters.clear()

    def misfits(self, part: Wanted) -> bool:
        """Whether it is here, and is not what a map speaks of."""
        return self.here and self.body is not None and bool(part.objection(self.body.part))
