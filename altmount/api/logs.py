"""The latest lines of the log."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Literal, Protocol

from aiohttp import web
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from altmount.logs.lines import Line
from altmount.web.answers import answer
from altmount.web.route import Route

# The ancestor's words, which its clients compare.
_WORDS = {"WARNING": "WARN", "CRITICAL": "ERROR"}
_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_MOST_LISTED = 1000
_OWN = ("time", "level", "msg")


class LogQuery(BaseModel):
    """Which lines are wanted."""

    level: Literal["debug", "info", "warn", "warning", "error"] = "debug"
    """The least important."""

    search: str = Field(default="", max_length=200)
    """What they have in them, in any case."""

    limit: int = Field(default=200, ge=1, le=_MOST_LISTED)
    before: int | None = Field(default=None, ge=1)
    """Those that are older than the line of that ``id``."""


class LogLine(TypedDict):
    """A line of the log."""

    id: int
    time: str
    level: str
    msg: str
    attrs: dict[str, Any]


class Lines(Protocol):
    """The latest lines of the log."""

    def find(
        self, level: int, search: str = "", *, before: int | None = None, limit: int
    ) -> Sequence[Line]: ...


class LogsApi:
    """The handler of ``<prefix>/logs``."""

    def __init__(self, prefix: str, lines: Lines) -> None:
        self._prefix = prefix
        self._lines = lines

    @property
    def routes(self) -> Sequence[Route]:
        return [Route("GET", f"{self._prefix}/logs", self.list, list[LogLine], query=LogQuery)]

    async def list(self, _request: web.Request, query: LogQuery) -> web.Response:
        """The latest lines of the log, the newest first."""
        found = self._lines.find(
            _LEVELS[query.level], query.search, before=query.before, limit=query.limit
        )
        return answer([line_as_json(line) for line in found])


def line_as_json(line: Line) -> LogLine:
    """A line as the ancestor's clients know it."""
    fields = line.fields
    return {
        "id": line.number,
        "time": fields["time"],
        "level": _WORDS.get(fields["level"], fields["level"]),
        "msg": fields["msg"],
        "attrs": {name: value for name, value in fields.items() if name not in _OWN},
    }
