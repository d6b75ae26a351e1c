"""Changes of a document, and what comes of them: the meaning, whatever the text looks like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from altmount.config.document import Value
from altmount.config.keys import Loc

Plain: TypeAlias = "bool | int | float | str | Sequence[Plain] | Mapping[str, Plain] | None"
"""A value as JSON has it."""

Tree: TypeAlias = "str | list[Tree] | dict[str, Tree] | None"
"""A value as a document has it: every scalar is a text."""


@dataclass(frozen=True, slots=True)
class Put:
    """A value in a place; a list's next number adds to it."""

    loc: Loc
    value: Plain


@dataclass(frozen=True, slots=True)
class Drop:
    """An entry of a list, gone; the numbers of those after it become one less."""

    loc: Loc


@dataclass(frozen=True, slots=True)
class Order:
    """All entries of a list in another order."""

    loc: Loc
    order: tuple[int, ...]
    """Where each entry was before."""


Edit: TypeAlias = Put | Drop | Order


def tree_of(value: Value) -> Tree:
    """What a document says, without where it says it; an empty mapping is nothing."""
    match value.content:
        case Mapping() as entries:
            return {name: tree_of(one) for name, one in entries.items()} or None
        case tuple() as items:
            return [tree_of(one) for one in items]
        case text:
            return text


def text_of(value: Plain) -> Tree:
    """A value as a document that holds it is read."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case Mapping():
            return {name: text_of(one) for name, one in value.items()} or None
        case Sequence():
            return [text_of(one) for one in value]
        case _:
            return str(value)


def edited(tree: Tree, edit: Edit) -> Tree:
    """What a document says after an edit.

    Raises:
        LookupError: There is no such place in it.
        TypeError: Something else is in the place.
    """
    match edit:
        case Put(loc, value):
            return _put(tree, loc, text_of(value))
        case Drop(loc):
            items = _list_at(tree, loc[:-1])
            at = _number(loc[-1])
            return _put(tree, loc[:-1], [*items[:at], *items[at + 1 :]])
        case Order(loc, order):
            items = _list_at(tree, loc)
            return _put(tree, loc, [items[number] for number in order])


def at(tree: Tree, loc: Loc) -> Tree:
    """What a document has in a place; nothing if there is no such place."""
    for part in loc:
        if isinstance(tree, dict) and isinstance(part, str):
            tree = tree.get(part)
        elif isinstance(tree, list) and isinstance(part, int) and part < len(tree):
            tree = tree[part]
        else:
            return None
    return tree


def _put(tree: Tree, loc: Loc, value: Tree) -> Tree:
    if not loc:
        return value
    part, *rest = loc
    if isinstance(part, str):
        if tree is not None and not isinstance(tree, dict):
            raise TypeError("something else than a mapping")
        entries = tree or {}
        return {**entries, part: _put(entries.get(part), tuple(rest), value)}
    if tree is not None and not isinstance(tree, list):
        raise TypeError("something else than a list")
    items = tree or []
    if part > len(items):
        raise IndexError("no such entry")
    below = items[part] if part < len(items) else None
    return [*items[:part], _put(below, tuple(rest), value), *items[part + 1 :]]


def _list_at(tree: Tree, loc: Loc) -> list[Tree]:
    found = at(tree, loc)
    if not isinstance(found, list):
        raise TypeError("no list")
    return found


def _number(part: str | int) -> int:
    if not isinstance(part, int):
        raise TypeError("no number")
    return part
