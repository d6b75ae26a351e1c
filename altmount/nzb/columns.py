"""The segments of one file while an NZB is read: rows in any order become clean columns."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate, count, islice
from operator import lt
from typing import cast

from altmount.articles import parse_message_id
from altmount.errors import InvalidRequestError
from altmount.nzb.model import Segments
from altmount.nzb.subject import MAX_SEGMENTS

MAX_ID_BYTES = 300
"""How much of what stands for a Message-ID is looked at; none is longer (RFC 3977 3.6)."""

_MOST_ID_BYTES = 248
_ID_BYTES = bytes(byte for byte in range(0x21, 0x7F) if byte not in b"<>")
_BATCH = 4096
_UNNUMBERED = 0xFFFF_FFFF
_MAX_ENCODED_SIZE = 0xFFFF_FFFF


class Columns:
    """What an NZB lists as one file's segments, in its order, unchecked."""

    def __init__(self) -> None:
        self._numbers = array("I")
        self._sizes = array("I")
        self._ids = bytearray()
        self._ends = array("I")
        self._rows: list[tuple[str | None, str | None, str]] = []

    def __len__(self) -> int:
        return len(self._ends) + len(self._rows)

    def add(self, number: str | None, size: str | None, message_id: str) -> None:
        """Take a ``<segment>``: its attributes, where it has them, and its text."""
        self._rows.append((number, size, message_id))
        if len(self._rows) == _BATCH:
            self._flush()

    def segments(self) -> Segments:
        """What can be used of it, by rising number, each number and each Message-ID once.

        Of several with the same number or Message-ID the first is kept. A segment without a
        Message-ID that could be asked for is left out, and its number stays free. Segments
        without a number take the numbers that are free, in their order. Where the count
        starts from 0, all move up by one.
        """
        self._flush()
        ids = bytes(self._ids)
        spans = list(zip([0, *self._ends[:-1]], self._ends, strict=True)) if self._ends else []
        messages = [ids[start:stop] for start, stop in spans]
        if not self._clean(messages):
            messages = [_checked(raw) for raw in messages]
        elif self._in_order() and len(set(messages)) == len(messages):
            return Segments(self._numbers, self._sizes, ids, self._ends)
        return self._arranged(messages)

    def _flush(self) -> None:
        """Turn the rows that wait into columns; many at once, as this is most of the work."""
        if not self._rows:
            return
        numbers, sizes, ids = zip(*self._rows, strict=True)
        self._rows.clear()
        self._numbers.extend(_whole_numbers(numbers, MAX_SEGMENTS, _UNNUMBERED))
        self._sizes.extend(_whole_numbers(sizes, _MAX_ENCODED_SIZE, 0))
        encoded = [message_id.encode() for message_id in ids]
        start = len(self._ids)
        self._ends.extend(islice(accumulate(map(len, encoded), initial=start), 1, None))
        self._ids += b"".join(encoded)

    def _clean(self, messages: list[bytes]) -> bool:
        lengths = range(1, _MOST_ID_BYTES + 1)
        return not self._ids.translate(None, _ID_BYTES) and all(
            len(message) in lengths for message in messages
        )

    def _in_order(self) -> bool:
        numbers = self._numbers
        return all(map(lt, numbers, islice(numbers, 1, None))) and (
            not numbers or (numbers[0] > 0 and numbers[-1] != _UNNUMBERED)
        )

    def _arranged(self, messages: list[bytes]) -> Segments:
        first = {message: row for row, message in reversed(list(enumerate(messages)))}
        rows = [row for row, message in enumerate(messages) if not message or first[message] == row]
        numbers = self._numbers
        zeros = sum(not numbers[row] for row in rows)
        shift = int(zeros == 1)
        explicit = {
            row: numbers[row] + shift
            for row in rows
            if numbers[row] != _UNNUMBERED and numbers[row] + shift
        }
        claimed = set(explicit.values())
        free = (number for number in count(1) if number not in claimed)
        placed: dict[int, int] = {}
        for row in rows:
            number = explicit[row] if row in explicit else next(free)
            if messages[row]:
                placed.setdefault(number, row)
        arranged = Segments(array("I"), array("I"), b"", array("I"))
        ids = bytearray()
        for number in sorted(placed):
            row = placed[number]
            arranged.numbers.append(number)
            arranged.encoded_sizes.append(self._sizes[row])
            ids += messages[row]
            arranged.id_ends.append(len(ids))
        return Segments(arranged.numbers, arranged.encoded_sizes, bytes(ids), arranged.id_ends)


def _whole_numbers(texts: Sequence[str | None], most: int, otherwise: int) -> list[int]:
    try:
        numbers = list(map(int, cast("Sequence[str]", texts)))  # None raises, as it should
    except (TypeError, ValueError):
        numbers = [_whole_number(text) for text in texts]
    if min(numbers) < 0 or max(numbers) > most:
        return [number if 0 <= number <= most else otherwise for number in numbers]
    return numbers


def _whole_number(text: str | None) -> int:
    try:
        return int(text or "")
    except ValueError:
        return -1


def _checked(raw: bytes) -> bytes:
    """A Message-ID as it is asked for; empty where it cannot be."""
    try:
        return parse_message_id(raw.decode()).encode("ascii")
    except (InvalidRequestError, UnicodeError):
        return b""
