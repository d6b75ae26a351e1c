"""How large each part of a posted file is, from as few yEnc headers as will do.

An NZB gives the sizes of articles on the wire, which say little about the bytes in them. A
yEnc header says where its own part lies and how large the whole is; posters cut files into
equal parts and a last, smaller one, so the first header nearly always tells all::

    0        f        2f       3f    F
    |-- f ---|-- f ---|-- f ---|-----|      F - (n - 1) * f  bytes are in the last part

Where that does not come out, the last part's header is asked for too, and the parts between
are taken to be equal. What is inferred is checked later: an article whose header differs from
its place in the map is refused when it is read, so a wrong guess never becomes a wrong byte.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from altmount.articles import MAX_ARTICLE_BYTES, Part
from altmount.nzb.model import PostedFile, Segments

_EVEN_WITHIN = 0.1
"""How much the sizes on the wire of equal parts may differ; escaping makes up to 3 %."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The decoded sizes of a posted file's parts, as runs of (how many, bytes of each)."""

    runs: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return sum(count for count, _ in self.runs)

    @property
    def size(self) -> int:
        """Of the posted file, in bytes."""
        return sum(count * size for count, size in self.runs)

    def begins(self) -> Iterator[int]:
        """The offset of each part's first byte."""
        return chain.from_iterable(self._begins_of_runs())

    def sizes(self) -> array[int]:
        """``array('I')``: the size of each part."""
        column = array("I")
        for count, size in self.runs:
            column.extend(array("I", [size]) * count)
        return column

    def covering(self, start: int, size: int) -> Iterator[tuple[int, int, int, int]]:
        """The parts that hold some bytes, as runs of equal ones.

        Each is the index of the first, how many they are, the offset of the first one's first
        byte in the file, and the bytes that each has.
        """
        index, begin, stop = 0, 0, start + size
        for count, part in self.runs:
            end = begin + count * part
            if part and begin < stop and start < end:
                skipped = max(0, start - begin) // part
                until = -(-(min(stop, end) - begin) // part)
                yield index + skipped, until - skipped, begin + skipped * part, part
            index += count
            begin = end

    def _begins_of_runs(self) -> Iterator[Sequence[int]]:
        begin = 0
        for count, size in self.runs:
            if size:
                yield range(begin, begin + count * size, size)
            else:
                yield [begin] * count
            begin += count * size


@dataclass(frozen=True, slots=True)
class Shortfall:
    """How many of a file's articles an NZB lists."""

    listed: int
    needed: int


def shortfall_of(posted: PostedFile) -> Shortfall | None:
    """What the NZB lacks by its own numbers: gaps, or fewer than its subject's ``(1/n)``."""
    numbers = posted.segments.numbers
    listed = len(numbers)
    up_to = numbers[-1] + (numbers[0] == 0) if listed else 1  # some count from 0
    needed = max(up_to, posted.declared_segments or 0)
    return Shortfall(listed, needed) if listed < needed else None


def looks_even(segments: Segments) -> bool:
    """Whether nothing speaks against equal parts, in the sizes on the wire.

    They are never used to compute with, only to look more closely.
    """
    sizes = segments.encoded_sizes
    if len(sizes) < 3 or not sizes[0]:  # noqa: PLR2004 -- a first, one between, a last
        return True
    between = {sizes[1], sizes[len(sizes) // 2], sizes[len(sizes) - 2]}
    return all(abs(size - sizes[0]) <= _EVEN_WITHIN * sizes[0] for size in between)


def parts_from_first(count: int, first: Part) -> Parts | None:
    """All parts from the header of the first one, if they can be equal but for the last."""
    if count == 1 and first.file_size == first.size == 0:
        return _parts((1, 0))  # an empty file, such as a marker
    last = first.file_size - (count - 1) * first.size
    if first.begin or not _fits(first) or not 0 < last <= first.size:
        return None
    if count == 1:
        return _parts((1, last)) if last == first.size else None
    return _parts((count - 1, first.size), (1, last))


def parts_from_ends(count: int, first: Part, last: Part) -> Parts | None:
    """All parts from the headers of the first and the last, if those between can be equal."""
    total = first.file_size
    if count == 1:
        return parts_from_first(1, first)
    agree = (
        first.begin == 0
        and last.file_size == total
        and last.begin + last.size == total
        and _fits(first)
        and _fits(last)
    )
    between = last.begin - first.size
    if not agree or between < 0:
        return None
    if count == 2:  # noqa: PLR2004 -- nothing lies between
        return _parts((1, first.size), (1, last.size)) if not between else None
    size, rest = divmod(between, count - 2)
    if rest or not 0 < size <= MAX_ARTICLE_BYTES:
        return None
    return _parts((1, first.size), (count - 2, size), (1, last.size))


def parts_from_all(headers: Sequence[Part]) -> Parts | None:
    """All parts from all headers, if they lie end to end and make up the file."""
    total = headers[0].file_size
    stops = [header.begin + header.size for header in headers]
    lie_end_to_end = all(
        stop == after.begin for stop, after in zip(stops, headers[1:], strict=False)
    )
    agree = all(header.file_size == total and _fits(header) for header in headers)
    if headers[0].begin or not lie_end_to_end or not agree or stops[-1] != total:
        return None
    return _parts(*((1, header.size) for header in headers))


def shortfall_by_size(count: int, first: Part, last: Part) -> Shortfall | None:
    """What the NZB lacks by the headers of the first and the last article that it lists."""
    starts = first.begin == 0
    ends = last.begin + last.size >= last.file_size
    if (starts and ends) or first.file_size != last.file_size or not first.size:
        return None
    return Shortfall(count, max(-(-first.file_size // first.size), count + 1))


def shortfall_by_wire(segments: Segments, first: Part) -> Shortfall | None:
    """What the NZB lacks if all parts are like the first, as their sizes on the wire say."""
    known = len(segments) > 2 and segments.encoded_sizes[0] > 0  # noqa: PLR2004 -- as above
    if not known or not looks_even(segments) or not first.size:
        return None
    needed = -(-first.file_size // first.size)
    return Shortfall(len(segments), needed) if len(segments) < needed else None


def _fits(part: Part) -> bool:
    return 0 < part.size <= MAX_ARTICLE_BYTES


def _parts(*runs: tuple[int, int]) -> Parts:
    """The fewest runs that say the same."""
    fewest: list[tuple[int, int]] = []
    for count, size in runs:
        if fewest and fewest[-1][1] == size:
            fewest[-1] = (fewest[-1][0] + count, size)
        elif count:
            fewest.append((count, size))
    return Parts(tuple(fewest))
