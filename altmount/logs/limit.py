"""A storm of the same line becomes a few of them, and a count of the rest."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

# In a minute: so many lines that say the same of the same thing, and so many that say the same.
_WINDOW_SECONDS = 60.0
_MOST_ALIKE = 5
_MOST_OF_A_KIND = 200
# How many different lines are told apart.
_MOST_WINDOWS = 10_000

_KEYS = ("provider", "path", "file", "job", "client")
"""The fields of which the first that a line has says what it is about."""


class Kind(NamedTuple):
    """What makes two lines the same."""

    logger: str
    level: int
    text: str
    """What is said, before names and numbers are put in."""

    about: object = None
    """What it is said of; ``None`` for all."""


@dataclass(slots=True)
class _Window:
    ends: float
    written: int = 0
    suppressed: int = 0


class RateLimit:
    """Decides which lines are written."""

    def __init__(self) -> None:
        self._windows: OrderedDict[Kind, _Window] = OrderedDict()

    def admit(self, kind: Kind, now: float) -> bool:
        """Whether a line is written; if not, it is counted."""
        every = self._window(kind._replace(about=None), now)
        if every.written >= _MOST_OF_A_KIND:
            every.suppressed += 1
            return False
        alike = self._window(kind, now)
        if alike.written >= _MOST_ALIKE:
            alike.suppressed += 1
            return False
        alike.written += 1
        every.written += every is not alike
        return True

    def over(self, now: float) -> Iterator[tuple[Kind, int]]:
        """The kinds whose window has ended with lines left out, and how many those were."""
        while self._windows:
            kind, window = next(iter(self._windows.items()))
            if now < window.ends and len(self._windows) <= _MOST_WINDOWS:
                break
            del self._windows[kind]
            if window.suppressed:
                yield kind, window.suppressed

    def _window(self, kind: Kind, now: float) -> _Window:
        window = self._windows.get(kind)
        if window is None:
            window = self._windows[kind] = _Window(now + _WINDOW_SECONDS)
        return window


class LimitedHandler(logging.Handler):
    """Hands on what a :class:`RateLimit` admits.

    How many lines were left out is said once their minute is over and anything else is logged,
    and at the end.

    Args:
        handlers: Where lines go; closed with this one.
    """

    def __init__(self, *handlers: logging.Handler) -> None:
        super().__init__()
        self._handlers = handlers
        self._limit = RateLimit()

    def emit(self, record: logging.LogRecord) -> None:
        self._summarize(record.created)
        if self._limit.admit(kind_of(record), record.created):
            self._write(record)

    def close(self) -> None:
        self._summarize(float("inf"))
        for handler in self._handlers:
            handler.close()
        super().close()

    def _summarize(self, now: float) -> None:
        for kind, count in self._limit.over(now):
            said = "%d more lines like this were left out: %s"
            about = kind.text if kind.about is None else f"{kind.text} ({kind.about})"
            arguments = (count, about)
            self._write(logging.LogRecord(kind.logger, kind.level, "", 0, said, arguments, None))

    def _write(self, record: logging.LogRecord) -> None:
        for handler in self._handlers:
            handler.handle(record)


def kind_of(record: logging.LogRecord) -> Kind:
    """What a line says, of what."""
    said: Any = record.msg
    if isinstance(said, dict):  # it comes from structlog
        about = next((said[key] for key in _KEYS if key in said), None)
        return Kind(record.name, record.levelno, str(said.get("event")), _short(about))
    about = record.args[0] if isinstance(record.args, tuple) and record.args else None
    return Kind(record.name, record.levelno, str(said), _short(about))


def _short(about: object) -> str | None:
    return None if about is None else str(about)[:200]
