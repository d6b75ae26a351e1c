"""The keys of a section, as people write them, and the shape of what each of them takes."""

from __future__ import annotations

import enum
import functools
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import Any, TypeAlias, TypeVar, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from altmount.config.section import Section

T = TypeVar("T")

Loc: TypeAlias = tuple[str | int, ...]
"""Where a value lies in the settings: keys, and numbers in lists."""


class Shape(enum.Enum):
    """What a key takes."""

    SCALAR = "scalar"  #: One text, number, …
    TEXTS = "texts"  #: A list of texts.
    SECTION = "section"  #: A mapping of keys.
    SECTIONS = "sections"  #: A list of mappings of keys.


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a section."""

    name: str
    """What people write."""

    field: FieldInfo
    shape: Shape

    kind: Any
    """The type of the value, or that of each entry of a list; never an optional one."""

    @property
    def text(self) -> str:
        """The docstring, in one line."""
        return " ".join((self.field.description or "").split())

    @property
    def required(self) -> bool:
        return self.field.is_required()

    @property
    def default(self) -> Any:  # noqa: ANN401 - each key has its own type
        return None if self.field.default is PydanticUndefined else self.field.default

    @property
    def secret(self) -> bool:
        return self.kind is SecretStr

    @property
    def is_path(self) -> bool:
        return self.kind is Path

    def mark(self, kind: type[T]) -> T | None:
        """The mark of that kind which the key bears."""
        return next((mark for mark in self.field.metadata if isinstance(mark, kind)), None)


@functools.cache
def keys_of(section: type[Section]) -> Mapping[str, Key]:
    """The keys of a section, in the order they are declared."""
    keys = (_key(field.alias or name, field) for name, field in section.model_fields.items())
    return MappingProxyType({key.name: key for key in keys})


def dotted(loc: Loc) -> str:
    """A place in the settings as people write it: ``providers[0].port``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return "".join(parts).removeprefix(".")


def key_at(section: type[Section], loc: Loc) -> Key | None:
    """The key that a place belongs to; a number in a list belongs to the key of the list."""
    key: Key | None = None
    for name in (part for part in loc if isinstance(part, str)):
        key = keys_of(section).get(name)
        if key is None:
            return None
        if key.shape in {Shape.SECTION, Shape.SECTIONS}:
            section = key.kind
    return key


def all_keys(section: type[Section], above: Loc = ()) -> Iterator[tuple[Loc, Key]]:
    """Every key at any depth; of a list of sections, those of its first entry."""
    for key in keys_of(section).values():
        loc = (*above, key.name)
        yield loc, key
        if key.shape is Shape.SECTION:
            yield from all_keys(key.kind, loc)
        elif key.shape is Shape.SECTIONS:
            yield from all_keys(key.kind, (*loc, 0))


def _key(name: str, field: FieldInfo) -> Key:
    kind: Any = field.annotation
    if get_origin(kind) in {Union, UnionType}:
        [kind] = [kind for kind in get_args(kind) if kind is not type(None)]
    shape = Shape.SCALAR
    if get_origin(kind) is tuple:
        kind = get_args(kind)[0]
        shape = Shape.SECTIONS if _is_section(kind) else Shape.TEXTS
    elif _is_section(kind):
        shape = Shape.SECTION
    return Key(name, field, shape, kind)


def _is_section(kind: object) -> bool:
    return inspect.isclass(kind) and issubclass(kind, Section)
