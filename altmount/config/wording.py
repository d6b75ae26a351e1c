"""How keys and values are put into words, in messages and in the reference."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import SecretStr

from altmount.config.document import printable
from altmount.config.keys import Key, Loc, Shape
from altmount.config.section import Allowed, Section, ZeroMeansDefault

_SHAPES = {
    Shape.TEXTS: "list of texts",
    Shape.SECTION: "section",
    Shape.SECTIONS: "list of sections",
}
_KINDS = {
    bool: "yes or no",
    int: "whole number",
    str: "text",
    SecretStr: "text (secret)",
    Path: "path",
}
_ALLOWED = {
    bool: "true or false",
    int: "a whole number",
    str: "text",
    SecretStr: "text",
}
_ALLOWED_SHAPES = {
    Shape.TEXTS: "a list of texts",
    Shape.SECTION: "a mapping of keys",
    Shape.SECTIONS: "a list of mappings of keys",
}
_CREDENTIALS = re.compile(r"[^\s/@]+@")


def type_of(key: Key) -> str:
    """What kind of value a key takes."""
    if key.shape is not Shape.SCALAR:
        return _SHAPES[key.shape]
    return "choice" if get_origin(key.kind) is Literal else _KINDS[key.kind]


def allowed(key: Key) -> str:
    """What a key takes, after "allowed:"."""
    mark = key.mark(Allowed)
    if mark is not None:
        return mark.text
    if key.shape is not Shape.SCALAR:
        return _ALLOWED_SHAPES[key.shape]
    if get_origin(key.kind) is Literal:
        return "one of " + ", ".join(get_args(key.kind))
    if key.kind is int:
        return _range(key)
    return _ALLOWED[key.kind]


def in_yaml(value: Any) -> str:  # noqa: ANN401 - each key has its own type
    """A value as it is written in YAML, in one line."""
    if isinstance(value, str | Path) and re.fullmatch(r"[a-z/][a-z0-9./_-]*", str(value)):
        return str(value)
    return json.dumps(value, default=_plain)


def shown(key: Key | None, value: object) -> str:
    """A wrong value as messages show it: never a secret, never more than one short line."""
    if key is not None and key.secret:
        return "***"
    if isinstance(value, str):
        return repr(_CREDENTIALS.sub("***@", printable(value)))
    return "a list" if isinstance(value, list | tuple) else "a mapping of keys"


def variable_of(loc: Loc, prefix: str, delimiter: str) -> str:
    """The environment variable that sets a key."""
    return prefix + delimiter.join(str(part).upper() for part in loc)


def _range(key: Key) -> str:
    low, high = key.mark(Ge), key.mark(Le)
    text = "a whole number"
    if low is not None and high is not None:
        text += f" from {low.ge} to {high.le}"
    elif low is not None:
        text += f", {low.ge} or more"
    if key.mark(ZeroMeansDefault) is not None:
        text += f"; 0 or less stands for {key.default}"
    return text


def _plain(value: object) -> object:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Section):
        return dict(value)
    return str(value)
