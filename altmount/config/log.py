"""Settings of the log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from altmount.config.section import OptionalFilePath, Section


def _level(text: object) -> object:
    level = text.strip().lower() if isinstance(text, str) else text
    return "warn" if level == "warning" else level


Level = Literal["debug", "info", "warn", "error"]
NotNegative = Annotated[int, Field(ge=0)]


class LogSettings(Section):
    """The section `log`."""

    file: OptionalFilePath = Path("altmount.log")
    """File of the log; if empty there is only the console."""

    level: Annotated[Level, BeforeValidator(_level)] = "info"
    """The least important messages that are written down."""

    format: Literal["console", "json"] = "console"
    """What the console gets: text for people, or a JSON object a line. The file has JSON always."""

    max_size: NotNegative = 100
    """Size in megabytes at which a new file is begun; 0 for never."""

    max_age: NotNegative = 30
    """How many days old files are kept; 0 for as long as there are not too many."""

    max_backups: NotNegative = 10
    """How many old files are kept; 0 for none."""

    compress: bool = True
    """Whether old files are gzipped."""
