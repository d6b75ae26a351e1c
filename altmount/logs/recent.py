"""The latest warnings of the log, for people who do not read it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from altmount.logs.redaction import redacted

MOST_KEPT = 100
"""How many warnings are kept."""

_MOST_LETTERS = 1000


@dataclass(frozen=True, slots=True)
class Warned:
    """A line of the log that someone should see."""

    text: str
    level: str
    """``WARNING``, ``ERROR`` or ``CRITICAL``."""

    created: float
    """When, in seconds since 1970."""


class RecentWarnings(logging.Handler):
    """Keeps the latest warnings; the oldest go first. Secrets are left out."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: deque[Warned] = deque(maxlen=MOST_KEPT)

    def emit(self, record: logging.LogRecord) -> None:
        message = record.msg if isinstance(record.msg, str) else _event(record.msg)
        try:
            text = message % record.args if record.args else message
        except (TypeError, ValueError):
            text = message
        text = redacted(text)[:_MOST_LETTERS]
        self._kept.append(Warned(text, record.levelname, record.created))

    def all(self) -> Sequence[Warned]:
        """What is kept, the oldest first."""
        return tuple(self._kept)

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()


@contextmanager
def keeping_warnings() -> Iterator[RecentWarnings]:
    """Keep the latest warnings of everything that is logged inside the block."""
    recent = RecentWarnings()
    root = logging.getLogger()
    root.addHandler(recent)
    try:
        yield recent
    finally:
        root.removeHandler(recent)


def _event(message: object) -> str:
    """The sentence of one of structlog's lines."""
    return str(message.get("event", "")) if isinstance(message, dict) else str(message)
