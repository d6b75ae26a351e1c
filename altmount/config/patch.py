"""What clients want settings to be, as edits of the file that holds them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from altmount.config import ancestor
from altmount.config.document import printable
from altmount.config.edits import Drop, Edit, Order, Plain, Put, Tree, at, edited, text_of
from altmount.config.errors import SettingsError
from altmount.config.keys import Key, Loc, Shape, dotted, keys_of
from altmount.config.section import Section
from altmount.config.settings import Settings
from altmount.config.shown import MASK, shown
from altmount.config.wording import allowed
from altmount.errors import NotFoundError

_NAMES = ("id", "name")
"""By which of its keys an entry of a list is known again; the first that it has."""


@dataclass(slots=True)
class Patch:
    """Edits, one after the other, and what was left out of them."""

    edits: list[Edit] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    """Keys that this version does not act on, and so were not written down."""


def patch_of(tree: Tree, settings: Settings, body: Mapping[str, Any]) -> Patch:
    """How a file comes to hold what a client wants; what is not spoken of, or is so already, stays.

    Secrets that are masked or empty stay as they are, null brings back a default. Entries of a
    list that have an id or a name are matched by it, and those that are left out go.

    Args:
        tree: What the file says.
        settings: What comes of that.
        body: Values by section and key.

    Raises:
        SettingsError: A key is unknown, or its value has the wrong shape.
    """
    ids = [provider.id for provider in settings.providers]
    patching = _Patching(tree, {("providers",): ids})
    patching.section(Settings, (), body, shown(settings))
    if patching.problems:
        raise SettingsError(patching.problems)
    return patching.patch


def section_of(name: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a client says of one section, as it would stand in the whole.

    Raises:
        NotFoundError: There is no such section.
        SettingsError: It is no section, and not named in the body.
    """
    key = keys_of(Settings).get(name)
    if key is None:
        raise NotFoundError(f"there is no section {printable(name)!r} in the settings")
    if name in body:
        return {name: body[name]}
    if key.shape is not Shape.SECTION:
        raise SettingsError([f"{name} is missing; allowed: {allowed(key)}"])
    return {name: body}


@dataclass(slots=True)
class _Patching:
    tree: Tree
    made_up: Mapping[Loc, Sequence[str]]
    patch: Patch = field(default_factory=Patch)
    problems: list[str] = field(default_factory=list)

    def section(
        self,
        kind: type[Section],
        loc: Loc,
        values: Mapping[str, Any],
        now: Mapping[str, Any],
    ) -> None:
        keys = keys_of(kind)
        for name, value in values.items():
            if (key := keys.get(name)) is not None:
                self._value(key, (*loc, name), value, now.get(name))
            elif not self._is_said(keys, name):
                self._leave(keys, loc, name)

    def _value(self, key: Key, loc: Loc, value: object, now: Any) -> None:  # noqa: ANN401 JSON
        if value == now and type(value) is type(now):
            return
        match key.shape, value:
            case Shape.SECTION, Mapping():
                self.section(key.kind, loc, value, now or {})
            case Shape.SECTIONS, list() if all(isinstance(one, Mapping) for one in value):
                self._entries(key, loc, value, now or [])
            case Shape.TEXTS, list() if all(_is_scalar(one) for one in value):
                self._texts(key, loc, value)
            case ((Shape.SCALAR | Shape.TEXTS), (str() | int() | float() | None)):
                self._scalar(key, loc, value)
            case _:
                self._wrong(f"{dotted(loc)} has the wrong shape; allowed: {allowed(key)}")

    def _scalar(self, key: Key, loc: Loc, value: Plain) -> None:
        if key.secret and value in {"", MASK}:
            return
        before = at(self.tree, loc)
        if text_of(value) != before:
            self._edit(Put(loc, value))

    def _texts(self, key: Key, loc: Loc, values: Sequence[Plain]) -> None:
        before = at(self.tree, loc)
        if isinstance(before, str):
            before = [part.strip() for part in before.split(",") if part.strip()]
        old = before if isinstance(before, list) else []
        if key.secret:
            values = [
                old[number] if one == MASK and number < len(old) else one
                for number, one in enumerate(values)
            ]
            if MASK in values:
                self._wrong(
                    f"{dotted(loc)} has a masked entry more than there are; give it in clear"
                )
                return
        if text_of(values) != before:
            self._edit(Put(loc, values))

    def _entries(
        self,
        key: Key,
        loc: Loc,
        values: Sequence[Mapping[str, Any]],
        now: Sequence[Mapping[str, Any]],
    ) -> None:
        known = next(name for name in _NAMES if name in keys_of(key.kind))
        names = [str(one.get(known) or "") for one in values]
        old = self._names(loc, known)
        if len(old) < len(self.made_up.get(loc, ())):
            self._wrong(f"{dotted(loc)} has entries that environment variables add; change those")
            return
        for number in reversed(range(len(old))):
            if not old[number] or old[number] not in names:
                self._edit(Drop((*loc, number)))
                del old[number]
        new = [number for number, name in enumerate(names) if not name or name not in old]
        if len(old) + len(new) != len(values):
            self._wrong(f"{dotted(loc)} has two entries of the same {known}; give each its own")
            return
        for number in new:
            if MASK in values[number].values():
                self._wrong(f"{dotted((*loc, number))} is new; give its secrets in clear")
                return
            self._edit(Put((*loc, len(old)), entry_of(key.kind, values[number])))
            old.append(names[number])
        unsaid = iter(range(len(old) - len(new), len(old)))
        order = tuple(
            next(unsaid) if number in new else old.index(name) for number, name in enumerate(names)
        )
        if order != tuple(range(len(order))):
            self._edit(Order(loc, order))
        by_name = {str(one[known]): one for one in now}
        for number, value in enumerate(values):
            before = by_name.get(names[number], {})
            self._move((*loc, number), known, value, before)
            self.section(key.kind, (*loc, number), value, before)

    def _move(self, loc: Loc, known: str, value: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        """See to an account that is with another host now: it stays the same one.

        Its password goes to nobody but the host that it is for.
        """
        if not now.get("host") or value.get("host", now["host"]) == now["host"]:
            return
        if now.get("password") and value.get("password") in {None, "", MASK}:
            self._wrong(f"{dotted(loc)} is another host now; give the password again")
        if not at(self.tree, (*loc, known)):  # else it would be called after its new host
            self._edit(Put((*loc, known), now[known]))

    def _names(self, loc: Loc, known: str) -> list[str]:
        """What the entries of a list go by."""
        before = at(self.tree, loc)
        if not isinstance(before, list):
            return []
        made_up = self.made_up.get(loc, ())
        return [
            _name_of(one, known) or (made_up[number] if number < len(made_up) else "")
            for number, one in enumerate(before)
        ]

    def _edit(self, edit: Edit) -> None:
        self.patch.edits.append(edit)
        self.tree = edited(self.tree, edit)

    def _is_said(self, keys: Mapping[str, Key], name: str) -> bool:
        """Whether it says no more than that a secret is there."""
        key = keys.get(name.removesuffix("_set"))
        return key is not None and key.secret and name.endswith("_set")

    def _leave(self, keys: Mapping[str, Key], loc: Loc, name: str) -> None:
        above = ".".join(part for part in loc if isinstance(part, str))
        full = f"{above}.{name}".removeprefix(".")
        if full in ancestor.KEYS or full in ancestor.SECTIONS:
            self.patch.ignored.append(full)
            return
        like = difflib.get_close_matches(name[:100], list(keys), n=1)
        hint = f"; did you mean {like[0]}?" if like else ""
        self._wrong(f"{printable(full)} is unknown{hint}")

    def _wrong(self, problem: str) -> None:
        if len(self.problems) < _MANY:
            self.problems.append(problem)


_MANY = 100


def entry_of(kind: type[Section], values: Mapping[str, Any]) -> Plain:
    """A new entry of a list: what is known of it, and no more than scalars and lists of texts."""
    keys = keys_of(kind)
    return {
        name: one
        for name, one in values.items()
        if name in keys and (_is_scalar(one) or _is_texts(one))
    }


def _name_of(entry: Tree, known: str) -> str:
    found = entry.get(known) if isinstance(entry, dict) else None
    return found if isinstance(found, str) else ""


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(_is_scalar(one) for one in value)
