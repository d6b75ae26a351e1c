"""What is known of a posted file once its first article was looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from altmount.articles import Part
from altmount.importer.partsizes import (
    Parts,
    Shortfall,
    looks_even,
    parts_from_all,
    parts_from_ends,
    parts_from_first,
    shortfall_by_size,
    shortfall_by_wire,
    shortfall_of,
)
from altmount.importer.refusals import Reason
from altmount.nzb.model import PostedFile
from altmount.spans import Span

HEAD_BYTES = 16 * 1024
"""How much of a file's start is kept: what PAR2 hashes to recognise it."""

_FEW = 8
"""Up to how many articles of a file may all be fetched to learn where its parts begin."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a posted file cannot be shown."""

    reason: Reason
    """INCOMPLETE, UNEVEN_PARTS or ARTICLES_MISSING."""

    shortfall: Shortfall | None = None
    """The numbers of what is incomplete."""


@dataclass(frozen=True, slots=True)
class MeasuredFile:
    """A posted file, and what its articles say of it."""

    posted: PostedFile

    yenc_name: str = ""
    """What its first article calls it; empty if that could not be had."""

    head: bytes = b""
    """Its first bytes, up to :data:`HEAD_BYTES`; none if they could not be had."""

    size: int = 0
    """Decoded size in bytes, by its first article; 0 if that could not be had."""

    parts: Parts | None = None
    """``None`` if there is a fault."""

    fault: Fault | None = None

    holes: tuple[Span, ...] = ()
    """The bytes that no provider has, of a film that is shown all the same."""

    inferred: bool = False
    """Whether it was not looked at, but taken to be as its neighbour in a set of volumes."""

    @property
    def faithful_name(self) -> str | None:
        """The name that each of its articles is to give, if the poster shows to be careful.

        Where the subject has another name than the yEnc header, names were scrambled,
        and each article may well have its own.
        """
        return self.yenc_name if self.yenc_name and self.yenc_name == self.posted.name else None

    @property
    def encoded_size(self) -> int:
        """About how large it is, in bytes, by the NZB's word."""
        return sum(self.posted.segments.encoded_sizes)


def judge(posted: PostedFile, headers: Mapping[int, Part], *, lost: bool) -> Parts | Fault | None:
    """What a file's parts are, or why it has none; ``None`` while more headers are wanted.

    Args:
        posted: The file.
        headers: What the yEnc headers say that were fetched so far, by index.
        lost: Whether no provider has some article of it.
    """
    count = len(posted.segments)
    if lost or not count:
        shortfall = shortfall_of(posted)
        return Fault(Reason.INCOMPLETE if shortfall else Reason.ARTICLES_MISSING, shortfall)
    first, last = headers.get(0), headers.get(count - 1)
    if first is None:
        return None
    # The first header is asked before the NZB: some subjects count something else than articles.
    if looks_even(posted.segments) and (parts := parts_from_first(count, first)):
        return parts
    if shortfall := shortfall_of(posted) or shortfall_by_wire(posted.segments, first):
        return Fault(Reason.INCOMPLETE, shortfall)
    return None if last is None else _judge_uneven(count, headers, first, last)


def _judge_uneven(
    count: int, headers: Mapping[int, Part], first: Part, last: Part
) -> Parts | Fault | None:
    if parts := parts_from_ends(count, first, last):
        return parts
    if shortfall := shortfall_by_size(count, first, last):
        return Fault(Reason.INCOMPLETE, shortfall)
    if len(headers) == count and (parts := parts_from_all([headers[i] for i in range(count)])):
        return parts
    all_may_tell = count <= _FEW and len(headers) < count
    return None if all_may_tell else Fault(Reason.UNEVEN_PARTS)


def wanted(posted: PostedFile, headers: Mapping[int, Part]) -> Iterable[int]:
    """Which headers to fetch next, while :func:`judge` cannot tell yet."""
    last = len(posted.segments) - 1
    if last not in headers:
        return [last]
    return [index for index in range(1, last) if index not in headers]
