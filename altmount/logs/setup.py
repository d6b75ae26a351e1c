"""Where the program writes down what it does: the console, and a file of JSON lines."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from altmount.logs.limit import LimitedHandler
from altmount.logs.redaction import redacted
from altmount.logs.rotation import Retention, RotatingLog

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}


def set_up(level: str, *, json_console: bool, file: Path | None, retention: Retention) -> None:
    """Send the program's log to the console, and to a file if there is one.

    Lines of structlog and of the standard library come out alike.

    Args:
        level: ``debug``, ``info``, ``warn`` or ``error``.
        json_console: Whether the console gets JSON lines as well, and not text.
        file: Where the JSON lines go; ``None`` for nowhere.
        retention: When a new file is begun, and which old ones are kept.

    Raises:
        OSError: The file cannot be written.
    """
    console = logging.StreamHandler(sys.stderr)
    console.setFormatter(_formatter(_JSON if json_console else _text()))
    handlers: list[logging.Handler] = [console]
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        rotating = RotatingLog(file, retention)
        rotating.setFormatter(json_formatter())
        handlers.append(rotating)
    logging.basicConfig(handlers=[LimitedHandler(*handlers)], force=True)
    set_level(level)


def set_level(level: str) -> None:
    """Write down what is as important as that, or more; see :func:`set_up`."""
    logging.getLogger().setLevel(_LEVELS[level])
    # It tells of its own parts at every migration, which nobody who runs this program needs.
    logging.getLogger("alembic").setLevel(max(_LEVELS[level], logging.WARNING))


def json_formatter() -> logging.Formatter:
    """Makes a JSON object of a record: ``time``, ``level``, ``logger``, ``msg``, and all else.

    Secrets are left out.
    """
    return _formatter(_JSON)


_JSON: Processor = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)


def _text() -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(),
        event_key="msg",
        timestamp_key="time",
        exception_formatter=structlog.dev.plain_traceback,
        pad_event_to=0,
    )


def _formatter(renderer: Processor) -> ProcessorFormatter:
    return ProcessorFormatter(processors=[_line, renderer])


def _line(_logger: object, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """A record as a line's fields: when, how important, who, what, and what goes with it."""
    record: logging.LogRecord = event.pop("_record")
    event.pop("_from_structlog", None)
    line = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "msg": redacted(str(event.pop("event"))),
    }
    event = structlog.processors.format_exc_info(None, "", event)
    error = event.pop("exception", None)
    for name, value in event.items():
        line[name] = redacted(value) if isinstance(value, str) else value
    if error:
        line["error"] = redacted(error)
    return line
