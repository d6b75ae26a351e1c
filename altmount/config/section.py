"""What every section of the settings has in common."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Section(BaseModel):
    """Read once, never changed; each key is documented where it is declared."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,  # it may be a password
        use_attribute_docstrings=True,
    )


@dataclass(frozen=True, slots=True)
class Allowed:
    """Mark of a key: what it takes, where its type does not tell all."""

    text: str


@dataclass(frozen=True, slots=True)
class ZeroMeansDefault:
    """Mark of a whole number: zero and below stand for the default, as in files of old."""


def one_line(text: str) -> str:
    """Refuse what would end a line, and with it a command sent to a server."""
    if any(char in text for char in "\r\n\0"):
        raise ValueError("no line breaks")
    return text


def _a_path(text: object) -> object:
    if text == "" or (isinstance(text, str) and "\0" in text):
        raise ValueError("a path")
    return text


def _a_path_or_none(text: object) -> object:
    return None if text == "" else _a_path(text)


FilePath = Annotated[
    Path,
    BeforeValidator(_a_path),
    Allowed("a path; a relative one starts at the folder of the settings file"),
]
"""A path that must be given."""

OptionalFilePath = Annotated[
    Path | None,
    BeforeValidator(_a_path_or_none),
    Allowed("a path, or empty; a relative one starts at the folder of the settings file"),
]
"""A path that may be left out; an empty one is none."""
