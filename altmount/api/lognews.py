"""News of the log: its lines as they come."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from altmount.api.logs import line_as_json
from altmount.logs.lines import Line

_FIRST = 50
_AT_ONCE = 200
"""Lines that are told in one look; where there are more, the newest."""

_LONGEST_MARK = 18


class Lines(Protocol):
    """The latest lines of the log."""

    def since(self, number: int) -> Sequence[Line]: ...

    def find(self, level: int, *, limit: int) -> Sequence[Line]: ...


class LogNews:
    """The lines of the log.

    Args:
        lines: The latest.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def enter(self, mark: str | None) -> LogPlace:
        """A place behind a line, or for who comes new."""
        number = None
        if mark is not None and mark.isascii() and mark.isdigit() and len(mark) < _LONGEST_MARK:
            number = int(mark)
        return LogPlace(self._lines, number)


class LogPlace:
    """A listener's place in the log: behind the line of a number."""

    def __init__(self, lines: Lines, number: int | None) -> None:
        self._lines = lines
        self._number = number

    @property
    def mark(self) -> str:
        return str(self._number or 0)

    async def look(self) -> Sequence[Mapping[str, Any]]:
        """The lines that are new, the oldest first; at first the latest, the newest first."""
        if self._number is None:
            latest = self._lines.find(logging.DEBUG, limit=_FIRST)
            self._number = latest[0].number if latest else 0
            return [{"type": "initial", "data": [line_as_json(line) for line in latest]}]
        new = self._lines.since(self._number)[-_AT_ONCE:]
        if new:
            self._number = new[-1].number
        return [{"type": "update", "data": line_as_json(line)} for line in new]
