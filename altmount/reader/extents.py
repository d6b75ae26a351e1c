"""Flat maps from the bytes of a virtual file to the articles that hold them.

A release has one :class:`ArticleTable`; each of its virtual files has one
:class:`ExtentMap` into it. Both are columns of fixed-width integers that lie on disk as they
are used, so that opening a file maps memory and parses nothing, and a seek is one bisection::

    virtual file   |--- extent 0 ---|--- extent 1 ---|- extent 2 -| ...   starts[i] .. starts[i+1]
                          |                 |               |
    article        [..offset###########]  [####]         [##]             articles[i], offsets[i]
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from altmount.articles import MessageId, Part
from altmount.spans import Span

Column = Sequence[int]
"""A column: an ``array`` while it is built, a typed ``memoryview`` over a mapped file later."""


@dataclass(frozen=True, slots=True)
class PostedName:
    """A posted file, as its articles' yEnc headers name and measure it."""

    size: int
    """Decoded size in bytes; 0 where it was never measured."""

    name: str | None
    """The name that every article must give, or ``None`` where it is not to be checked."""


@dataclass(frozen=True, slots=True)
class ArticleTable:
    """Every article of a release: its name, and what it must hold."""

    begins: Column
    """Type code ``Q``: offset of each article's first byte in its posted file."""

    sizes: Column
    """Type code ``I``: decoded size of each, in bytes; 0 where it was never measured."""

    posted: Column
    """Type code ``I``: index into ``posted_files`` of the file each article belongs to."""

    ids: bytes | memoryview
    """All Message-IDs, one after the other, ASCII."""

    id_ends: Column
    """Type code ``Q``: where each Message-ID ends in ``ids``."""

    posted_files: Sequence[PostedName]

    def __len__(self) -> int:
        return len(self.id_ends)

    def message_id(self, index: int) -> MessageId:
        start = self.id_ends[index - 1] if index else 0
        return MessageId(str(self.ids[start : self.id_ends[index]], "ascii"))

    def part(self, index: int) -> Part:
        """What the article at ``index`` must hold."""
        posted = self.posted_files[self.posted[index]]
        return Part(self.begins[index], self.sizes[index], posted.size, posted.name)


class Extent(NamedTuple):
    """A run of a virtual file's bytes that lies in one article."""

    virtual: Span
    message_id: MessageId
    part: Part
    offset: int
    """Where the run starts in the decoded article, in bytes."""


@dataclass(frozen=True, slots=True)
class ExtentMap:
    """Where each byte of one virtual file lies. No extent is empty."""

    starts: Column
    """Type code ``Q``: the virtual offset of each extent's first byte, and at the end the size."""

    articles: Column
    """Type code ``I``: index into the table of the article that holds each extent."""

    offsets: Column
    """Type code ``I``: where each extent starts in its decoded article."""

    table: ArticleTable

    @property
    def size(self) -> int:
        """Of the virtual file, in bytes."""
        return self.starts[len(self.starts) - 1]

    def __len__(self) -> int:
        return len(self.articles)

    def extent(self, index: int) -> Extent:
        article = self.articles[index]
        return Extent(
            Span(self.starts[index], self.starts[index + 1]),
            self.table.message_id(article),
            self.table.part(article),
            self.offsets[index],
        )

    def covering(self, span: Span) -> Iterator[Extent]:
        """The extents that hold bytes of ``span``, in order; found in logarithmic time."""
        if not span:
            return
        index = bisect_right(self.starts, span.start) - 1
        while index < len(self.articles) and self.starts[index] < span.stop:
            yield self.extent(index)
            index += 1

    @classmethod
    def joined(cls, table: ArticleTable, articles: Sequence[int]) -> ExtentMap:
        """The file that whole articles make, one after the other."""
        starts, indexes, position = array("Q", [0]), array("I"), 0
        for index in articles:
            if size := table.sizes[index]:
                position += size
                starts.append(position)
                indexes.append(index)
        return cls(starts, indexes, array("I", bytes(4 * len(indexes))), table)
