"""The latest lines of the log, whatever their level, for people who look at it from afar."""

from __future__ import annotations

import json
import logging
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from altmount.logs.limit import LimitedHandler
from altmount.logs.setup import json_formatter

MOST_KEPT = 2000
"""How many lines are kept."""

_MOST_LETTERS = 4 << 20
"""How many letters all of them have together."""

_LONGEST = 100_000
"""Longer lines are left out: only the log file has them."""

_TAIL_BYTES = 1 << 20
"""How much of a log file's end is read."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log."""

    number: int
    """One more than that of the line before."""

    level: int
    """As :mod:`logging` has it."""

    text: str
    """A JSON object, as in the log file."""

    @property
    def fields(self) -> dict[str, Any]:
        """``time``, ``level``, ``logger``, ``msg``, and what goes with it."""
        found: dict[str, Any] = json.loads(self.text)
        return found


class RecentLines(logging.Handler):
    """Keeps the latest lines; the oldest go first. Secrets are left out.

    Args:
        before: Lines of an earlier run, the oldest first.
    """

    def __init__(self, before: Iterable[Line] = ()) -> None:
        super().__init__()
        self.setFormatter(json_formatter())
        self._kept: deque[Line] = deque()
        self._letters = 0
        self.last = 0
        """The number of the newest line, 0 if there never was one."""
        for line in before:
            self._keep(line.level, line.text)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self.format(record)
        except Exception:  # noqa: BLE001 as every handler of the standard library does
            self.handleError(record)
        else:
            self._keep(record.levelno, text)

    def since(self, number: int) -> Sequence[Line]:
        """The lines after that of a number, the oldest first."""
        newer = min(max(self.last - number, 0), len(self._kept))
        kept = list(self._kept)
        return kept[len(kept) - newer :]

    def find(
        self, level: int, search: str = "", *, before: int | None = None, limit: int
    ) -> Sequence[Line]:
        """The newest lines first.

        Args:
            level: The least important that is wanted.
            search: What they have in them, in any case; all of them if empty.
            before: Those with a lower number; all of them if ``None``.
            limit: How many at most.
        """
        wanted = search.casefold()
        written = json.dumps(search, ensure_ascii=False)[1:-1].casefold()
        found: list[Line] = []
        for line in reversed(list(self._kept)):
            if len(found) == limit:
                break
            if line.level < level or (before is not None and line.number >= before):
                continue
            # Few lines need to be parsed for it.
            if written in line.text.casefold() and wanted in _said(line).casefold():
                found.append(line)
        return found

    def _keep(self, level: int, text: str) -> None:
        if len(text) > _LONGEST:
            return
        self.last += 1
        self._kept.append(Line(self.last, level, text))
        self._letters += len(text)
        while len(self._kept) > MOST_KEPT or self._letters > _MOST_LETTERS:
            self._letters -= len(self._kept.popleft().text)


@contextmanager
def keeping_lines(file: Path | None) -> Iterator[RecentLines]:
    """Keep the latest lines of everything that is logged inside the block.

    Args:
        file: The log file, with whose last lines to begin; ``None`` if there is none.
    """
    recent = RecentLines(() if file is None else last_lines(file))
    limited = LimitedHandler(recent)
    root = logging.getLogger()
    root.addHandler(limited)
    try:
        yield recent
    finally:
        root.removeHandler(limited)
        limited.close()


def last_lines(file: Path) -> Iterator[Line]:
    """The last lines of a log file, the oldest first; none if it cannot be read."""
    try:
        with file.open("rb") as stream:
            start = max(stream.seek(0, os.SEEK_END) - _TAIL_BYTES, 0)
            stream.seek(start)
            lines = stream.read(_TAIL_BYTES).split(b"\n")
    except OSError:
        return
    for text in lines[1 if start else 0 :][-MOST_KEPT:]:
        try:
            fields = json.loads(text)
            level = logging.getLevelNamesMapping()[fields["level"]]
            if all(isinstance(fields[name], str) for name in ("time", "logger", "msg")):
                yield Line(0, level, text.decode())
        except (ValueError, KeyError, TypeError, RecursionError):
            continue  # of another program, or half a line


def _said(line: Line) -> str:
    """What a person reads of a line."""
    return "\n".join(str(value) for value in line.fields.values())
