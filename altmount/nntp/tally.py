"""What an account has delivered: plain counters, which cost the byte path next to nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from altmount.articles import Urgency
from altmount.errors import AltmountError
from altmount.histogram import Histogram
from altmount.nntp.commands import Verb
from altmount.nntp.exchange import Exchange
from altmount.nntp.protocol import Answer
from altmount.nntp.status import Outcome, Stage, meaning

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Tally:
    """Counts since the program started; lists are by :class:`Urgency`."""

    def __init__(self) -> None:
        self.articles = [0] * len(Urgency)
        """Bodies that came whole, whether anyone still waited for them or not."""

        self.wire_bytes = [0] * len(Urgency)
        """As they came over the line, abandoned and broken answers included."""

        self.decoded_bytes = [0] * len(Urgency)
        """Of the articles, once decoded."""

        self.dropped_bytes = 0
        """Of the bytes over the line, those that nobody waited for any more."""

        self.missing = 0
        """How often the server said that it has no such article."""

        self.wrong = 0
        """How often an article was not what it should have been."""

        self.late = 0
        """How many articles were late, and were asked of someone a second time."""

        self.overtaken = 0
        """Of those, the ones whose second answer was the first to come."""

        self.errors: Counter[str] = Counter()
        """What failed, by kind: ``connection lost``, ``status 502``, …"""

        self.dialled: datetime | None = None
        """When a connection was last called for."""

        self.connected: datetime | None = None
        """When one was last made."""

        self.seconds = tuple(Histogram(_SECONDS) for _ in Urgency)
        """From asking for a body to having it, waiting for a turn included."""

    def dial(self) -> None:
        """Note that a connection is called for."""
        self.dialled = datetime.now(UTC)

    def connect(self) -> None:
        """Note that one was made, login and all."""
        self.connected = datetime.now(UTC)

    def answered(self, exchange: Exchange, answer: Answer, now: float) -> None:
        """Count an answer that came whole."""
        urgency, verb = exchange.urgency, exchange.command.verb
        wire = answer.response.bytes_read
        self.wire_bytes[urgency] += wire
        outcome = meaning(Stage.SESSION, answer.code, answer.text, verb)
        if outcome is Outcome.MISSING:
            self.missing += 1
        elif outcome is not Outcome.SERVED:
            self.errors[f"status {answer.code}"] += 1
        elif verb is Verb.BODY:
            self.articles[urgency] += 1
            self.decoded_bytes[urgency] += answer.response.bytes_decoded
        if exchange.abandoned:
            self.dropped_bytes += wire
        elif verb is Verb.BODY:
            self.seconds[urgency].add(now - exchange.asked)

    def broke_off(self, exchange: Exchange, arrived: int) -> None:
        """Count what had come of an answer whose connection ended."""
        self.wire_bytes[exchange.urgency] += arrived
        self.dropped_bytes += arrived

    def failed(self, error: AltmountError) -> None:
        """Count an exchange, or a dial, that came to nothing."""
        self.errors[_kind(error)] += 1


def _kind(error: AltmountError) -> str:
    """An error's class in words: ``ConnectionLostError`` is ``connection lost``."""
    name = type(error).__name__.removesuffix("Error")
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
