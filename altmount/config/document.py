"""YAML as it was written: texts, lists and mappings, each with the place it stands at.

No scalar is given a type here. Which type a value must have is for the key to say, so a
password ``0123`` or ``yes`` stays what its owner typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import yaml

from altmount.config.errors import SettingsError

MAX_BYTES = 1 << 20
"""How long a document may be."""

_MAX_VALUES = 20_000
_MAX_DEPTH = 32
_MERGE = "<<"
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map")
)

# libyaml where PyYAML was built with it; both give the same events and run no code.
_Loader: type[yaml.CSafeLoader | yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Content: TypeAlias = "str | Mapping[str, Value] | tuple[Value, ...] | None"


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a document."""

    content: Content
    """A text, a mapping of lower-case keys, a list, or nothing (YAML's null)."""

    where: str
    """Where it was written, as a person would look for it."""

    weight: int = 1
    """How many values it holds, itself included, an alias counted as often as it is used."""


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not been seen."""

    where: str
    anchor: str | None
    is_mapping: bool
    items: list[Value] = field(default_factory=list)
    entries: dict[str, Value] = field(default_factory=dict)
    merged: list[Value] = field(default_factory=list)
    key: Value | None = None

    def close(self) -> Value:
        weight = 1 + sum(value.weight for value in (*self.items, *self.entries.values()))
        if not self.is_mapping:
            return Value(tuple(self.items), self.where, weight)
        inherited: dict[str, Value] = {}
        for value in reversed(self.merged):
            if isinstance(value.content, Mapping):
                inherited |= value.content
                weight += value.weight
        return Value(inherited | self.entries, self.where, weight)


class _Builder:
    """Makes values of YAML's events, one after the other, without recursion."""

    def __init__(self, source: str, *, lines: bool) -> None:
        self._source = source
        self._lines = lines
        self._open: list[_Open] = []
        self._anchors: dict[str, Value] = {}
        self._count = 0
        self.root: Value | None = None

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent() if self.root is not None:
                raise self._error(event, "more than one document in it")
            case yaml.AliasEvent():
                known = self._anchors.get(event.anchor or "")
                if known is None:
                    raise self._error(event, "an alias (*) of something that is not complete yet")
                self._add(event, replace(known, where=self._where(event)))
            case yaml.ScalarEvent():
                self._check_tag(event)
                nothing = event.implicit[0] and not event.style and event.value in _NULLS
                value = Value(None if nothing else event.value, self._where(event))
                self._name(event.anchor, value)
                self._add(event, value)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._check_tag(event)
                if len(self._open) == _MAX_DEPTH:
                    raise self._error(event, f"values nested more than {_MAX_DEPTH} deep")
                is_mapping = isinstance(event, yaml.MappingStartEvent)
                self._open.append(_Open(self._where(event), event.anchor, is_mapping))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                closed = self._open.pop()
                value = closed.close()
                self._name(closed.anchor, value)
                self._add(event, value)
            case _:
                pass

    def _add(self, event: yaml.Event, value: Value) -> None:
        self._count += value.weight if isinstance(event, yaml.AliasEvent) else 1
        if self._count > _MAX_VALUES:
            raise self._error(event, f"more than {_MAX_VALUES} values in it")
        if not self._open:
            self.root = value
            return
        parent = self._open[-1]
        if not parent.is_mapping:
            parent.items.append(value)
        elif parent.key is None:
            if isinstance(value.content, Mapping | tuple):
                raise self._error(event, "a list or a mapping where a key is expected")
            parent.key = value
        else:
            self._enter(event, parent, parent.key, value)
            parent.key = None

    def _enter(self, event: yaml.Event, parent: _Open, key: Value, value: Value) -> None:
        name = key.content.lower() if isinstance(key.content, str) else ""
        if name == _MERGE:
            parts = value.content if isinstance(value.content, tuple) else (value,)
            if not all(isinstance(part.content, Mapping) for part in parts):
                raise self._error(event, f"{_MERGE} with something that is not a mapping")
            parent.merged.extend(parts)
        elif name in parent.entries:
            first = parent.entries[name].where
            problem = f"the key {printable(name)} twice (first: {first}); keep one of them"
            raise SettingsError([f"{key.where}: there is {problem}"])
        else:
            parent.entries[name] = replace(value, where=key.where)

    def _name(self, anchor: str | None, value: Value) -> None:
        if anchor is not None:
            self._anchors[anchor] = value

    def _check_tag(self, event: yaml.NodeEvent) -> None:
        tag = getattr(event, "tag", None)
        if tag not in {None, "!"} and tag not in _TAGS:
            raise self._error(event, "a tag (!) that settings have no use for")

    def _where(self, event: yaml.Event) -> str:
        if not self._lines or event.start_mark is None:
            return self._source
        return f"{self._source}, line {event.start_mark.line + 1}"

    def _error(self, event: yaml.Event, problem: str) -> SettingsError:
        return SettingsError([f"{self._where(event)}: there is {problem}"])


def read_document(data: bytes, source: str, *, lines: bool = True) -> Value:
    """Read one YAML (or JSON) document.

    Args:
        data: The document, at most :data:`MAX_BYTES` long.
        source: What it is called in messages.
        lines: Whether messages tell the line.

    Raises:
        SettingsError: It is not YAML, says something twice, or is too much of it.
    """
    if len(data) > MAX_BYTES:
        raise SettingsError([f"{source}: it is longer than {MAX_BYTES} bytes; not read"])
    builder = _Builder(source, lines=lines)
    try:
        for event in yaml.parse(data, Loader=_Loader):
            builder.take(event)
    except yaml.YAMLError as error:
        # The error's own text quotes the document, which may hold a password.
        raise SettingsError([f"{source}{_position(error, data)}: {_reason(error)}"]) from None
    return builder.root or Value(None, source)


def printable(text: str, limit: int = 60) -> str:
    """Give a text from outside a form that is safe to print in one line."""
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return shown if len(shown) <= limit else f"{shown[:limit]}…"


def _position(error: yaml.YAMLError, data: bytes) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f", line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}"
    if isinstance(error, yaml.reader.ReaderError):
        lines = data[: error.position].split(b"\n")
        return f", line {len(lines)}, column {len(lines[-1]) + 1}"
    return ""


def _reason(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.reader.ReaderError):
        return f"this is not text in UTF-8: {error.reason}"
    problem = error.problem if isinstance(error, yaml.MarkedYAMLError) else None
    return f"this is not YAML: {problem or 'it cannot be understood'}"
