"""Editing a YAML text where it has to be changed, and nowhere else.

Comments, order, quotes and indentation of what is not changed stay to the letter. Afterwards the
text is read again: where it does not say what it should, as where anchors and aliases are used, it
is not edited at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

import yaml

from altmount.config.document import read_document
from altmount.config.edits import Drop, Edit, Order, Plain, Put, Tree, edited, tree_of
from altmount.config.errors import SettingsError
from altmount.config.keys import Loc
from altmount.errors import ObstacleError

_Loader: type[yaml.CSafeLoader | yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_SIMPLE = re.compile(r"[A-Za-z/][A-Za-z0-9./_-]*")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
"""What means something else than the word, to this program or to another."""

_BOM = "\ufeff"
_STEP = "  "


def with_edits(data: bytes, edits: Sequence[Edit], source: str) -> bytes:
    """A document with some edits, one after the other.

    Args:
        data: In UTF-8.
        edits: What is to be changed.
        source: What the document is called in messages.

    Raises:
        SettingsError: It is no YAML.
        ObstacleError: It is written so that it cannot be edited.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise _by_hand(source, "it is not in UTF-8") from None
    for edit in edits:
        tree = tree_of(read_document(text.encode(), source))
        try:
            expected = edited(tree, edit)
            new = _edited(text, edit)
            found: Tree = tree_of(read_document(new.encode(), source))
        except (LookupError, TypeError, ValueError, yaml.YAMLError, SettingsError):
            raise _by_hand(source, "it is not laid out as that needs") from None
        if _comparable(found) != _comparable(expected):
            raise _by_hand(source, "other values would change as well")
        text = new
    return text.encode()


def _by_hand(source: str, reason: str) -> ObstacleError:
    return ObstacleError(f"{source} cannot be edited, since {reason}: change it by hand")


def _comparable(tree: Tree) -> Tree:
    """Without empty mappings, which say the same as nothing."""
    if isinstance(tree, dict):
        return {name: _comparable(one) for name, one in tree.items()} or None
    return [_comparable(one) for one in tree] if isinstance(tree, list) else tree


def _edited(text: str, edit: Edit) -> str:
    bom, text = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    page = _Page(text)
    match edit:
        case Put(loc, value):
            return bom + page.put(loc, value)
        case Drop(loc):
            return bom + page.drop(loc)
        case Order(loc, order):
            return bom + page.order(loc, order)


class _Page:
    """A text, and the nodes that it is made of."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line = "\r\n" if "\r\n" in text else "\n"
        root = yaml.compose(text, Loader=_Loader)
        self._root: yaml.Node | None = None if _is_null(root) else root

    def put(self, loc: Loc, value: Plain) -> str:
        node, flow = self._root, False
        key: yaml.Node | None = None
        for depth, part in enumerate(loc):
            if node is None or _is_null(node):
                return self._fill(node, key, _nested(loc[depth:], value), flow=flow)
            flow = flow or bool(getattr(node, "flow_style", False))
            below = _below(node, part)
            if below is None:
                return self._add(node, part, _nested(loc[depth + 1 :], value), flow=flow)
            key, node = below
        if node is None:
            raise TypeError("nothing to replace")
        return self._replace(node, key, value, flow=flow)

    def drop(self, loc: Loc) -> str:
        items, number = self._list(loc[:-1]), loc[-1]
        if not isinstance(number, int):
            raise TypeError("no number")
        if len(items.value) == 1 or items.flow_style:
            left = [_plain(one) for at, one in enumerate(items.value) if at != number]
            return self.put(loc[:-1], left)
        start = self._line_start(self._dash(items, number))
        return self._instead(start, self._line_end(_end(items.value[number])), "")

    def order(self, loc: Loc, order: Sequence[int]) -> str:
        items = self._list(loc)
        if items.flow_style:
            moved = [_plain(items.value[number]) for number in order]
            return self.put(loc, moved)
        # What stands above an entry goes with it, but for what stands above the first.
        ends = [self._line_end(_end(one)) for one in items.value]
        starts = [self._line_start(self._dash(items, 0)), *ends[:-1]]
        texts = [self._text[start:end] for start, end in zip(starts, ends, strict=True)]
        if not texts[-1].endswith("\n"):
            texts[-1] += self._line
        return self._instead(starts[0], ends[-1], "".join(texts[number] for number in order))

    def _list(self, loc: Loc) -> yaml.SequenceNode:
        node = self._root
        for part in loc:
            below = _below(node, part) if node is not None else None
            if below is None:
                raise LookupError("no such place")
            _, node = below
        if not isinstance(node, yaml.SequenceNode):
            raise TypeError("no list")
        return node

    def _fill(
        self, node: yaml.Node | None, key: yaml.Node | None, value: Plain, *, flow: bool
    ) -> str:
        """Put a value where there is none."""
        if node is None:
            return self._append(_block(value, ""))
        return self._replace(node, key, value, flow=flow)

    def _replace(self, node: yaml.Node, key: yaml.Node | None, value: Plain, *, flow: bool) -> str:
        start, end = node.start_mark.index, _end(node)
        collection = isinstance(value, Mapping | list | tuple) and bool(value)
        if not flow and collection and _is_null(node) and key is not None:
            lines = _block(value, " " * key.start_mark.column + _STEP)
            cleared = self._text[:start].rstrip(" ") if end > start else self._text[:start]
            rest = self._text[end:]
            at = len(cleared) + (self._line_end(end) - end)
            whole = cleared + rest
            gap = "" if whole[:at].endswith("\n") else self._line
            return f"{whole[:at]}{gap}{self._joined(lines)}{whole[at:]}"
        if _is_block(node) and key is not None:
            return self._instead_of_block(node, key, value, collection=collection)
        if _is_block(node) and collection:
            lines = _block(value, " " * node.start_mark.column)
            return self._instead(start, end, self._line.join(lines).lstrip(" "))
        new = _inline(value)
        if getattr(node, "style", None) in {"|", ">"}:
            new += self._line
        if start and not self._text[start - 1].isspace() and start == end:
            new = f" {new}"
        return self._instead(start, end, new)

    def _instead_of_block(
        self, node: yaml.Node, key: yaml.Node, value: Plain, *, collection: bool
    ) -> str:
        """Put a value in the place of the lines below a key."""
        start, end = self._line_start(node.start_mark.index), _end(node)
        if collection:
            deep = node.start_mark.column > key.start_mark.column
            indent = node.start_mark.column if deep else key.start_mark.column + len(_STEP)
            return self._instead(start, end, self._line.join(_block(value, " " * indent)))
        colon = self._text.index(":", key.end_mark.index) + 1
        rest = self._text[colon:start] + self._text[self._line_end(end) :]
        return f"{self._text[:colon]} {_inline(value)}{rest}"

    def _add(self, node: yaml.Node, part: str | int, value: Plain, *, flow: bool) -> str:
        """Add an entry to a mapping or a list."""
        children: list[yaml.Node]
        if isinstance(node, yaml.MappingNode) and isinstance(part, str):
            entry: Plain = {part: value}
            children = [each for _, each in node.value]
        elif isinstance(node, yaml.SequenceNode) and part == len(node.value):
            entry = [value]
            children = node.value
        else:
            raise LookupError("no such place")
        if flow:
            at = _end(children[-1]) if children else node.end_mark.index - 1
            inner = _inline(entry)[1:-1]
            return self._instead(at, at, f", {inner}" if children else inner)
        if node is self._root and isinstance(node, yaml.MappingNode):
            return self._append(_block(entry, " " * node.start_mark.column))
        at = self._line_end(_end(children[-1]))
        lines = _block(entry, " " * node.start_mark.column)
        gap = "" if self._text[:at].endswith("\n") else self._line
        return self._instead(at, at, gap + self._joined(lines))

    def _append(self, lines: Sequence[str]) -> str:
        gap = self._line if self._text and not self._text.endswith("\n") else ""
        return self._text + gap + self._joined(lines)

    def _joined(self, lines: Sequence[str]) -> str:
        return "".join(line + self._line for line in lines)

    def _instead(self, start: int, end: int, new: str) -> str:
        return self._text[:start] + new + self._text[end:]

    def _dash(self, items: yaml.SequenceNode, number: int) -> int:
        """Where the dash of an entry is."""
        column = items.start_mark.column
        at = self._line_start(items.value[number].start_mark.index)
        while not re.match(rf" {{{column}}}-(?=\s)", self._text[at:]):
            if at <= items.start_mark.index:
                raise LookupError("no dash")
            at = self._line_start(at - 1)
        return at + column

    def _line_start(self, index: int) -> int:
        return self._text.rfind("\n", 0, index) + 1

    def _line_end(self, index: int) -> int:
        """Behind the end of the line that something ends on."""
        if index and self._text[index - 1] == "\n":
            return index  # it has taken the end of its line along
        end = self._text.find("\n", index)
        return len(self._text) if end < 0 else end + 1


def _below(node: yaml.Node, part: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
    """Key and value of a mapping, or the value of a list."""
    if isinstance(node, yaml.MappingNode) and isinstance(part, str):
        pairs = ((key, one) for key, one in node.value if str(key.value).lower() == part)
        return next(pairs, None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return None, node.value[part]
    return None


def _is_null(node: yaml.Node | None) -> bool:
    return node is None or (
        isinstance(node, yaml.ScalarNode) and not node.style and node.tag.endswith(":null")
    )


def _is_block(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def _end(node: yaml.Node) -> int:
    """Where a node ends: that of a block leaves out the comments below it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _plain(node: yaml.Node) -> Plain:
    match node:
        case yaml.MappingNode():
            return {str(key.value): _plain(one) for key, one in node.value}
        case yaml.SequenceNode():
            return [_plain(one) for one in node.value]
        case _ if _is_null(node):
            return None
        case _:
            return str(node.value)


def _nested(loc: Loc, value: Plain) -> Plain:
    for part in reversed(loc):
        if isinstance(part, int) and part:
            raise LookupError("no such entry")
        value = {part: value} if isinstance(part, str) else [value]
    return value


def _block(value: Plain, indent: str) -> list[str]:
    """A mapping or a list, an entry a line."""
    return list(_lines(value, indent))


def _lines(value: Plain, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            if isinstance(one, Mapping | list | tuple) and one:
                yield f"{indent}{_inline(name)}:"
                yield from _lines(one, indent + _STEP)
            else:
                yield f"{indent}{_inline(name)}: {_inline(one)}"
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for one in value:
            if isinstance(one, Mapping) and one:
                first, *rest = _lines(one, indent + _STEP)
                yield f"{indent}- {first.lstrip(' ')}"
                yield from rest
            else:
                yield f"{indent}- {_inline(one)}"


def _inline(value: Plain) -> str:
    """A value in one line."""
    if isinstance(value, Mapping):
        entries = (f"{_inline(key)}: {_inline(one)}" for key, one in value.items())
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inline(one) for one in value) + "]"
    if isinstance(value, str) and _SIMPLE.fullmatch(value) and value.lower() not in _WORDS:
        return value
    text = json.dumps(value, ensure_ascii=False)
    # YAML breaks lines at some of these, and does not join the halves of a pair of surrogates.
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in text)
