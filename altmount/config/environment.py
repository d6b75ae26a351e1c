"""Settings in environment variables, laid over those of the file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from altmount.config import ancestor
from altmount.config.document import Value, printable, read_document
from altmount.config.errors import SettingsError
from altmount.config.keys import Key, Loc, Shape, all_keys, dotted, key_at, keys_of
from altmount.config.settings import Settings
from altmount.config.wording import variable_of

PREFIX = Settings.model_config["env_prefix"]
DELIMITER = Settings.model_config["env_nested_delimiter"] or ""

COOKIE_SECURE = "COOKIE_SECURE"

NAMES: Mapping[str, Loc] = {
    "PORT": ("webdav", "port"),
    "JWT_SECRET": ("auth", "jwt_secret"),
    "COOKIE_DOMAIN": ("auth", "cookie_domain"),
    COOKIE_SECURE: ("auth", "cookie_secure"),
}
"""Variables of other names: the ancestor's, and that by which the program is told its port by what
it runs in. They win over all else."""

_MANY = 100  # names in one warning
_NUMBER = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Overlay:
    """A document with the environment laid over it."""

    document: Value
    warnings: tuple[str, ...]


def overlay(document: Value, environ: Mapping[str, str]) -> Overlay:
    """Lay the variables over the document. An empty variable counts as not set.

    Raises:
        SettingsError: A variable that must hold YAML or JSON does not, or it has a number
            that no entry of the list has.
    """
    ours = {name.upper(): text for name, text in environ.items() if _is_ours(name) and text}
    found: dict[Loc, str] = {}
    unknown: list[str] = []
    ignored: list[str] = []
    for name in sorted(ours):
        loc = _loc(name)
        if loc is not None:
            found[loc] = name
        elif _is_the_ancestors(name):
            ignored.append(name)
        else:
            unknown.append(name)
    # What is higher up comes first, and entries of lists in their order.
    for loc in sorted(found, key=lambda loc: [str(part).zfill(4) for part in loc]):
        name = found[loc]
        document = _placed(document, loc, _value(name, ours[name], loc), name)
    for name, loc in NAMES.items():
        if text := environ.get(name):
            if name == COOKIE_SECURE:  # the ancestor took any other word for yes
                text = "never" if text.lower() == "false" else "always"
            document = _placed(document, loc, _value(name, text, loc), name)
    return Overlay(document, tuple(_warnings(unknown, ignored)))


def _is_ours(name: str) -> bool:
    return name.upper().startswith(PREFIX)


def _loc(name: str) -> Loc | None:
    """Where in the settings a variable belongs, if anywhere."""
    section: type = Settings
    loc: Loc = ()
    parts = iter(name.removeprefix(PREFIX).lower().split(DELIMITER))
    for part in parts:
        key = keys_of(section).get(part)
        if key is None:
            return None
        loc = (*loc, part)
        if key.shape is Shape.SECTIONS:
            number = next(parts, None)
            if number is None:
                return loc
            if not _NUMBER.fullmatch(number):
                return None
            loc = (*loc, int(number))
        if key.shape in {Shape.SECTION, Shape.SECTIONS}:
            section = key.kind
        else:
            return loc if next(parts, None) is None else None
    return loc


def _value(name: str, text: str, loc: Loc) -> Value:
    where = f"environment variable {name}"
    key = key_at(Settings, loc)
    if key is not None and _holds_yaml(key, text):
        return read_document(text.encode(errors="surrogateescape"), where, lines=False)
    return Value(text, where)


def _holds_yaml(key: Key, text: str) -> bool:
    if key.shape is Shape.TEXTS:
        return text.lstrip().startswith("[")
    return key.shape is not Shape.SCALAR


def _placed(value: Value, loc: Loc, new: Value, name: str, depth: int = 0) -> Value:
    if depth == len(loc):
        return new
    part = loc[depth]
    where = new.where if value.content is None else value.where
    if isinstance(part, str):
        if value.content is not None and not isinstance(value.content, Mapping):
            return value  # which is wrong, and will be said to be
        entries = value.content or {}
        below = entries.get(part, Value(None, new.where))
        return Value({**entries, part: _placed(below, loc, new, name, depth + 1)}, where)
    if value.content is not None and not isinstance(value.content, tuple):
        return value
    items = value.content or ()
    if part > len(items):
        have = f"the next of {dotted(loc[:depth])} has the number {len(items)}"
        raise SettingsError([f"environment variable {name}: {have}; leave no gap"])
    below = items[part] if part < len(items) else Value(None, new.where)
    placed = _placed(below, loc, new, name, depth + 1)
    return Value((*items[:part], placed, *items[part + 1 :]), where)


def _is_the_ancestors(name: str) -> bool:
    parts = name.removeprefix(PREFIX).lower().split(DELIMITER)
    key = ".".join(part for part in parts if not _NUMBER.fullmatch(part))
    return name in ancestor.VARIABLES or key in ancestor.KEYS


def _warnings(unknown: list[str], ignored: list[str]) -> Iterator[str]:
    if ignored:
        names = ", ".join(ignored)
        yield f"environment: known, but not acted on by this version: {names}"
    if unknown:
        candidates = [variable_of(loc, PREFIX, DELIMITER) for loc, _ in all_keys(Settings)]
        named = []
        for name in unknown[:_MANY]:
            like = difflib.get_close_matches(name[:100], candidates, n=1)
            hint = f" (did you mean {like[0]}?)" if like else ""
            named.append(printable(name) + hint)
        more = f", and {len(unknown) - _MANY} more" if len(unknown) > _MANY else ""
        yield f"environment: unknown, perhaps misspelt: {', '.join(named)}{more}"
