"""An NZB as it comes together from tags and text.

Nothing is expected of their order or nesting beyond what gives them a meaning: a segment
belongs to the file that was opened last, whatever lies between. Both readers of XML, the
strict and the tolerant one, feed an :class:`Assembly`, and so understand the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from altmount.nzb.columns import MAX_ID_BYTES, Columns
from altmount.nzb.errors import NzbError, NzbFault
from altmount.nzb.limits import Limits
from altmount.nzb.model import Nzb, PostedFile
from altmount.nzb.subject import declared_segments, name_in
from altmount.nzb.text import fit

Attributes = Mapping[str, str]

_MAX_TEXT = 4096
_MAX_GROUP = 255
_LEAVES = frozenset({"segment", "group", "meta"})
_BRANCHES = frozenset({"nzb", "head", "file", "groups", "segments"})
KNOWN_TAGS = _LEAVES | _BRANCHES
_DATE = re.compile(r"\s*(\d{1,12})(?:\.\d+)?\s*", re.ASCII)
_YEAR_10000 = 253_402_300_800


class _Draft:
    """A ``<file>`` that is being read."""

    def __init__(self, attributes: Attributes) -> None:
        self.subject = fit(_value(attributes, "subject") or "", _MAX_TEXT)
        self.poster = fit(_value(attributes, "poster") or "", _MAX_TEXT)
        self.posted = _moment(_value(attributes, "date"))
        self.groups: dict[str, None] = {}
        self.columns = Columns()

    def file(self) -> PostedFile:
        return PostedFile(
            subject=self.subject,
            poster=self.poster,
            posted=self.posted,
            groups=tuple(self.groups),
            segments=self.columns.segments(),
            declared_segments=declared_segments(self.subject),
            name=name_in(self.subject),
        )


class Assembly:
    """Takes tags and text in the order of the document; :meth:`nzb` is what they came to."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._drafts: list[_Draft] = []
        self._by_subject: dict[str, _Draft] = {}
        self._metas: dict[str, str] = {}
        self._segments = 0
        self._tags = 0
        self._file: _Draft | None = None
        self._leaf = ""
        self._leaf_attributes: Attributes = {}
        self._texts: list[str] = []
        self._room = 0
        self.depth = 0
        """How many tags are open, by what was opened and closed."""
        self.root = ""
        """The first tag's name, in lower case."""
        self.root_attributes: Attributes = {}
        self.is_nzb = False
        """Whether any tag of an NZB was seen."""

    def start(self, name: str, attributes: Attributes) -> None:
        """A tag opens. What is unknown is passed over, but not what is in it."""
        self.depth += 1
        self._tags += 1
        if self._tags > self._limits.tags:
            raise _too_many(self._limits.tags, "tags")
        if name == "segment" and not self._leaf:  # nearly always, so it is done first
            self._leaf = name
            self._leaf_attributes = attributes
            self._texts = []
            self._room = _MAX_TEXT
            return
        tag = name if name in KNOWN_TAGS else bare(name)
        if tag in _LEAVES:
            self._end_leaf()
            self._leaf = tag
            self._leaf_attributes = attributes
            self._texts = []
            self._room = _MAX_TEXT
            return
        if not self.root:
            self.root, self.root_attributes = tag, dict(attributes)
        if tag in _BRANCHES:
            self.is_nzb = self.is_nzb or tag != "head"  # web pages have one too
            self._end_leaf()
            if tag == "file":
                self._open(attributes)

    def text(self, text: str) -> None:
        """Text between tags; it may come in pieces."""
        if self._leaf and self._room > 0:
            self._texts.append(text[: self._room])
            self._room -= len(text)

    def end(self, name: str) -> None:
        """A tag closes, and with it whatever was left open inside."""
        self.depth -= 1
        tag = name if name in KNOWN_TAGS else bare(name)
        if tag in KNOWN_TAGS:
            self._end_leaf()
            if tag == "file":
                self._file = None

    def nzb(self) -> Nzb | None:
        """All of it; ``None`` where no file has a segment.

        Raises:
            NzbError: A file has more segments than are accepted.
        """
        if any(len(draft.columns) > self._limits.file_segments for draft in self._drafts):
            raise _too_many(self._limits.file_segments, "segments in one file")
        files = tuple(draft.file() for draft in self._drafts if draft.subject or len(draft.columns))
        return Nzb(files, self._metas) if any(len(file.segments) for file in files) else None

    def _open(self, attributes: Attributes) -> None:
        opened = _Draft(attributes)
        self._file = self._by_subject.get(opened.subject)
        if self._file is None:
            if len(self._drafts) == self._limits.files:
                raise _too_many(self._limits.files, "files")
            self._drafts.append(opened)
            self._file = opened
            if opened.subject:
                self._by_subject[opened.subject] = opened

    def _end_leaf(self) -> None:
        leaf, self._leaf = self._leaf, ""
        if leaf == "segment":
            self._add_segment("".join(self._texts))
        elif leaf == "group":
            self._add_group("".join(self._texts))
        elif leaf == "meta":
            self._add_meta("".join(self._texts))

    def _add_segment(self, text: str) -> None:
        if self._file is None:
            return
        self._segments += 1
        if self._segments > self._limits.segments:
            raise _too_many(self._limits.segments, "segments")
        attributes = self._leaf_attributes
        number, size = attributes.get("number"), attributes.get("bytes")
        if number is None or size is None:
            number, size = _value(attributes, "number"), _value(attributes, "bytes")
        if len(text) > MAX_ID_BYTES:
            text = text.strip()[:MAX_ID_BYTES]
        self._file.columns.add(number, size, text)

    def _add_group(self, text: str) -> None:
        group = fit(text, _MAX_GROUP)
        if group and self._file is not None and len(self._file.groups) < self._limits.groups:
            self._file.groups[group] = None

    def _add_meta(self, text: str) -> None:
        kind = fit((_value(self._leaf_attributes, "type") or "").lower(), _MAX_GROUP)
        value = fit(text, _MAX_TEXT)
        if kind and value and len(self._metas) < self._limits.metas:
            self._metas.setdefault(kind, value)


def bare(name: str) -> str:
    """The name of a tag or an attribute without its namespace, in lower case."""
    return name.rpartition(":")[2].lower()


def _value(attributes: Attributes, name: str) -> str | None:
    value = attributes.get(name)
    if value is None:
        return next((value for key, value in attributes.items() if bare(key) == name), None)
    return value


def _moment(date: str | None) -> datetime | None:
    match = _DATE.fullmatch(date or "")
    seconds = int(match[1]) if match else 0
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _YEAR_10000 else None


def _too_many(limit: int, what: str) -> NzbError:
    return NzbError(
        NzbFault.TOO_LARGE,
        f"The NZB has more {what} than the {limit:,} that are accepted; split it into several.",
    )
