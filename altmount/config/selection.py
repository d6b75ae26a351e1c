"""Which of the values that were written are settings, and which are not."""

from __future__ import annotations

import difflib
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from altmount.config import ancestor
from altmount.config.document import Value, printable
from altmount.config.keys import Key, Loc, Shape, dotted, keys_of
from altmount.config.section import Section, ZeroMeansDefault
from altmount.config.wording import allowed, shown

NOT_ACTED_ON = "known, but not acted on by this version"
"""How a warning begins that calls for nothing."""

_MANY = 100
"""How many keys one warning names."""


@dataclass(slots=True)
class Selection:
    """What was found of one kind of settings in a document."""

    tree: dict[str, object]
    """The values, as the sections take them; what was left to its default is not in it."""

    places: Mapping[Loc, str]
    """Where each of them was written."""

    problems: Mapping[Loc, str]
    """What has the wrong shape, and so is not in the tree."""

    warnings: tuple[str, ...]
    """What is not acted on, is unknown, or was replaced by its default."""

    def place(self, loc: Loc) -> str:
        """Where a value was written, or what it would belong to."""
        while loc not in self.places:
            loc = loc[:-1]
        return self.places[loc]


def select(kind: type[Section], document: Value, folder: Path) -> Selection:
    """Take the values that the sections know out of a document.

    Args:
        kind: The sections.
        document: What was written.
        folder: Where relative paths start.
    """
    selector = _Selector(folder)
    tree = selector.section(kind, document, ())
    warnings = (*selector.replaced, *_leftovers(selector.ignored, selector.unknown))
    return Selection(tree, selector.places, selector.problems, warnings)


@dataclass(slots=True)
class _Selector:
    folder: Path
    places: dict[Loc, str] = field(default_factory=dict)
    problems: dict[Loc, str] = field(default_factory=dict)
    replaced: list[str] = field(default_factory=list)
    # For each section the keys left out: dicts for sets that keep their order.
    ignored: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    unknown: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))

    def section(self, kind: type[Section], value: Value, loc: Loc) -> dict[str, object]:
        self.places[loc] = value.where
        if value.content is not None and not isinstance(value.content, Mapping):
            self._wrong(value, loc, "a mapping of keys")
            return {}
        content = value.content or {}
        keys = keys_of(kind)
        chosen: dict[str, object] = {}
        for name, key in keys.items():
            given = content.get(name, Value(None, value.where))
            if given.content is not None:
                self.places[*loc, name] = given.where
                self._take(chosen, key, given, (*loc, name))
            elif key.is_path and key.default is not None:
                chosen[name] = str(self.folder / key.default)
            elif key.shape is Shape.SECTION:
                chosen[name] = self.section(key.kind, given, (*loc, name))
        for name, given in content.items():
            if name not in keys:
                self._leave(loc, name, given, frozenset(keys))
        return chosen

    def _take(self, chosen: dict[str, object], key: Key, value: Value, loc: Loc) -> None:
        match key.shape, value.content:
            case Shape.SECTION, _:
                chosen[key.name] = self.section(key.kind, value, loc)
            case Shape.SECTIONS, tuple() as items:
                entries = enumerate(items)
                chosen[key.name] = [
                    self.section(key.kind, item, (*loc, number)) for number, item in entries
                ]
            case Shape.TEXTS, str() as text:
                # One text for many, as the ancestor takes it: commas stand between them.
                chosen[key.name] = [part.strip() for part in text.split(",") if part.strip()]
            case Shape.TEXTS, tuple() as items if all(isinstance(i.content, str) for i in items):
                chosen[key.name] = [item.content for item in items]
            case Shape.SCALAR, str() as text:
                self._take_text(chosen, key, text, loc)
            case _:
                self._wrong(value, loc, allowed(key))

    def _take_text(self, chosen: dict[str, object], key: Key, text: str, loc: Loc) -> None:
        if key.mark(ZeroMeansDefault) is not None and _is_zero_or_less(text):
            is_now = f"is {shown(key, text)}, which stands for the default, {key.default}"
            self.replaced.append(f"{self.places[loc]}: {dotted(loc)} {is_now}")
        elif key.is_path and text:
            chosen[key.name] = str(self.folder / text)
        else:
            chosen[key.name] = text

    def _wrong(self, value: Value, loc: Loc, wanted: str) -> None:
        # What is there is not quoted: in the wrong place it may be anything, a password too.
        is_what = "a text" if isinstance(value.content, str) else "a list"
        is_what = "a mapping of keys" if isinstance(value.content, Mapping) else is_what
        name = dotted(loc) or "the whole of it"
        self.problems[loc] = f"{value.where}: {name} is {is_what}; allowed: {wanted}"

    def _leave(self, loc: Loc, name: str, value: Value, ours: frozenset[str]) -> None:
        above = ".".join(part for part in loc if isinstance(part, str))
        full = f"{above}.{name}".removeprefix(".")
        group = full.partition(".")[0] if above else ""
        inner = [entries for entries in _mappings(value) if full in ancestor.SECTIONS]
        if inner:
            for below, given in (pair for entries in inner for pair in entries.items()):
                self._leave((*loc, name), below, given, frozenset())
        elif full in ancestor.KEYS or full in ancestor.SECTIONS:
            self.ignored[group][full] = None
        else:
            known = sorted(ours | ancestor.names_in(above))
            few = len(self.unknown[group]) < _MANY  # looking for a likeness takes its time
            like = difflib.get_close_matches(name[:100], known, n=1) if few else []
            hint = f"; did you mean {like[0]}?" if like else ""
            self.unknown[group][f"{printable(full)} ({value.where}{hint})"] = None


def _mappings(value: Value) -> Iterator[Mapping[str, Value]]:
    """The mapping that a value is, or those in the list that it is."""
    items = value.content if isinstance(value.content, tuple) else (value,)
    for item in items:
        if isinstance(item.content, Mapping):
            yield item.content


def _is_zero_or_less(text: str) -> bool:
    try:
        return int(text or "0") <= 0
    except ValueError:
        return False


def _leftovers(
    ignored: Mapping[str, Mapping[str, None]], unknown: Mapping[str, Mapping[str, None]]
) -> Iterator[str]:
    for names in ignored.values():
        yield f"{NOT_ACTED_ON}: {_some(names)}"
    for names in unknown.values():
        yield f"unknown, perhaps misspelt: {_some(names)}"


def _some(names: Mapping[str, None]) -> str:
    more = f", and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return ", ".join(itertools.islice(names, _MANY)) + more
