"""The Range header (RFC 9110, section 14): HTTP's inclusive ranges become spans here.

Only here does this program speak of ranges whose last byte is included.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from altmount.errors import InvalidRequestError
from altmount.spans import Span

MAX_RANGES = 16
"""How many parts one answer may have. Who asks for more gets the whole, as 14.2 allows."""

_SET = re.compile(r"bytes=(.*)", re.ASCII | re.IGNORECASE | re.DOTALL)
_SPEC = re.compile(r"(?P<first>[0-9]+)-(?P<last>[0-9]*)|-(?P<count>[0-9]+)")
_DIGITS = 18  # No file has more bytes than such a number says.
_BEYOND: int = 10**_DIGITS


class RangeNotSatisfiableError(InvalidRequestError):
    """None of the ranges asked for holds any of the file's bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the file has {size} bytes, and none of them was asked for")
        self.size = size


def parse_ranges(header: str, size: int) -> tuple[Span, ...] | None:
    """The spans that a Range header asks for, none of them empty.

    They come in the order asked for where they lie apart; where any overlap or touch, they
    are joined and come in ascending order (RFC 9110, 15.3.7.2).

    Args:
        header: The field's value.
        size: Of the file, in bytes.

    Returns:
        None where the whole file is to be sent: a header with another unit, one that breaks
        the grammar, one with more than :data:`MAX_RANGES` parts, or any for an empty file,
        of which no range could be told.

    Raises:
        RangeNotSatisfiableError: No range holds any of the file's bytes.
    """
    ranges = _SET.fullmatch(header)
    if ranges is None or not size:
        return None
    # A list may have empty members, and blanks around its commas (5.6.1.2).
    specs = [spec for member in ranges[1].split(",") if (spec := member.strip(" \t"))]
    spans: list[Span] = []
    for spec in specs:
        match = _SPEC.fullmatch(spec)
        if match is None:
            return None
        first, last, count = match.group("first", "last", "count")
        if count is not None:
            start, stop = max(0, size - _number(count)), size
        else:
            start, stop = _number(first), _number(last) + 1 if last else size
            if last and stop <= start:
                return None
        if start < min(stop, size):
            spans.append(Span(start, min(stop, size)))
    if not specs:
        return None
    if not spans:
        raise RangeNotSatisfiableError(size)
    joined = _joined(spans)
    chosen = spans if len(joined) == len(spans) else joined
    return tuple(chosen) if len(chosen) <= MAX_RANGES else None


def content_range(span: Span, size: int) -> str:
    """What Content-Range says of a part; ``span`` is not empty."""
    return f"bytes {span.start}-{span.stop - 1}/{size}"


def _number(digits: str) -> int:
    # Python takes quadratic time for, and at last refuses, numbers of thousands of digits.
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) <= _DIGITS else _BEYOND


def _joined(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].stop:
            joined[-1] = Span(joined[-1].start, max(joined[-1].stop, span.stop))
        else:
            joined.append(span)
    return joined
