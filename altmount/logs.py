"""Where the program writes down what it does: the console, and a file of JSON lines."""

from __future__ import annotations

import json
import logging
import logging.handlers
import sys
from datetime import UTC, datetime
from pathlib import Path

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}


class _JsonLines(logging.Formatter):
    """One object a line: when, how important, who, what."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "msg": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up(level: str, file: Path | None, *, max_megabytes: int, backups: int) -> None:
    """Send the program's log to the console, and to a file if there is one.

    Args:
        level: ``debug``, ``info``, ``warn`` or ``error``.
        file: Where the JSON lines go; ``None`` for nowhere.
        max_megabytes: Size at which a new file is begun; 0 for never.
        backups: How many old files are kept.

    Raises:
        OSError: The file cannot be written.
    """
    console = logging.StreamHandler(sys.stderr)
    console.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    handlers: list[logging.Handler] = [console]
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        rotating = logging.handlers.RotatingFileHandler(
            file, maxBytes=max_megabytes * 1_000_000, backupCount=backups, encoding="utf-8"
        )
        rotating.setFormatter(_JsonLines())
        handlers.append(rotating)
    logging.basicConfig(level=_LEVELS[level], handlers=handlers, force=True)
    # It tells of its own parts at every migration, which nobody who runs this program needs.
    logging.getLogger("alembic").setLevel(max(_LEVELS[level], logging.WARNING))
