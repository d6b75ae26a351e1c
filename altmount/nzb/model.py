"""What an NZB says, as values.

The articles of a file are columns, not objects: an NZB of 100,000 segments is a handful of
flat arrays, which cost little to make, to send to another process and to write to disk.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from altmount.articles import MessageId


@dataclass(frozen=True, slots=True)
class Segments:
    """The articles of one posted file, by rising number, each number once."""

    numbers: array[int]
    """``array('I')``: the number of each segment as the NZB gives it, from 1."""

    encoded_sizes: array[int]
    """``array('I')``: the ``bytes`` attribute, the size on the wire by the indexer's word; 0 if
    it gave none. Never trusted for arithmetic."""

    ids: bytes
    """All Message-IDs, one after the other, ASCII, without angle brackets."""

    id_ends: array[int]
    """``array('I')``: where each Message-ID ends in ``ids``."""

    def __len__(self) -> int:
        return len(self.id_ends)

    def message_id(self, index: int) -> MessageId:
        """The Message-ID of the segment at ``index``, from 0; checked when it was parsed."""
        start = self.id_ends[index - 1] if index else 0
        return MessageId(self.ids[start : self.id_ends[index]].decode("ascii"))

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int, MessageId]]) -> Segments:
        """Columns from rows of (number, encoded size, Message-ID), already in order."""
        numbers, sizes, ends, ids = array("I"), array("I"), array("I"), bytearray()
        for number, size, message_id in rows:
            numbers.append(number)
            sizes.append(size)
            ids += message_id.encode("ascii")
            ends.append(len(ids))
        return cls(numbers, sizes, bytes(ids), ends)


@dataclass(frozen=True, slots=True)
class PostedFile:
    """One ``<file>`` of an NZB."""

    subject: str
    poster: str
    posted: datetime | None
    """When, in UTC; ``None`` where the NZB does not say or says nonsense."""

    groups: tuple[str, ...]
    segments: Segments

    declared_segments: int | None = None
    """How many segments the subject's ``(1/n)`` speaks of, where it does."""

    name: str = ""
    """The file name in the subject, as written there; empty where none can be made out."""


@dataclass(frozen=True, slots=True)
class Nzb:
    """A whole NZB."""

    files: tuple[PostedFile, ...]
    """In the order of the NZB; files of the same subject are one."""

    metas: Mapping[str, str] = field(default_factory=dict)
    """The ``<meta type="…">`` entries of the head, by lower-cased type: title, password, …"""
