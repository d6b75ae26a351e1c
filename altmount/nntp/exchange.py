"""An exchange: a command, and who waits for its answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from altmount.articles import Urgency
from altmount.nntp.commands import Command, Verb
from altmount.nntp.protocol import Answer

if TYPE_CHECKING:
    from altmount.nntp.connection import Connection

_PROBE_BYTES = 40


@dataclass(eq=False, slots=True)
class Exchange:
    """A command on its way to an answer, or to an error."""

    command: Command
    urgency: Urgency
    expected: int
    """How large the answer will be, in bytes on the wire, as far as is known."""

    answer: asyncio.Future[Answer]
    asked: float = 0.0
    """When, by the loop's clock."""

    turn: int = 0
    """Its place among those of the same urgency; the lowest is served first."""

    connection: Connection | None = None
    """Where it was sent; ``None`` while it waits for its turn."""

    sent_at: float = 0.0
    """When it was sent, by the loop's clock."""

    probe: bool = False
    """It only finds out whether the connection works, and keeps it open."""

    avoid: Connection | None = None
    """Where it must not be sent: it is to overtake another that was sent there."""

    drop_by: float | None = None
    """Nobody waits for the answer any more, and it must be over by then, by the loop's clock."""

    returned: bool = False
    """It was sent behind an answer that nobody wanted and that did not come; not so again."""

    @classmethod
    def probing(cls, verb: Verb, loop: asyncio.AbstractEventLoop) -> Exchange:
        """One whose answer is of no interest, only that it comes."""
        now = loop.time()
        probe = cls(Command(verb), Urgency.HEALTH, _PROBE_BYTES, loop.create_future(), now)
        probe.probe = True
        return probe

    @property
    def bulk(self) -> bool:
        """Whether it fills the line, and nobody waits for it this moment."""
        return self.urgency is not Urgency.PLAYBACK_NOW and self.command.verb is Verb.BODY

    @property
    def abandoned(self) -> bool:
        """Whether nobody waits for the answer any more."""
        return self.drop_by is not None

    @property
    def sent(self) -> bool:
        """Whether the server was asked."""
        return self.connection is not None

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)
