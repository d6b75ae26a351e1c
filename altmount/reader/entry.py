"""An article in memory, or on its way there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from altmount.articles import Body, MessageId, Urgency, Wanted
from altmount.errors import PermanentError

# So long a failure that may pass is an answer for whoever wished for the article before. A player
# that was paused for longer, while its provider was gone, finds it asked for anew.
_STANDS_SECONDS = 30.0


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
    failed_at: float | None = None
    """When a fetch of it failed, by the loop's clock."""

    fetch: asyncio.Task[Body] | None = None
    waiters: list[asyncio.Future[None]] = field(default_factory=list)
    wishes: int = 0
    pins: int = 0
    gone: bool = False
    """Evicted, or dropped before it came; whoever still wants it must ask anew."""

    def stands(self, now: float) -> bool:
        """Whether whoever wished for it must take what has become of it, and ask no more."""
        if not self.gone:
            return True
        if self.failed_at is None:
            return False  # nobody has asked for it, or it had to make way
        return isinstance(self.error, PermanentError) or now - self.failed_at < _STANDS_SECONDS

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
