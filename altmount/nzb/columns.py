"""The segments of one file while an NZB is read: rows in any order become clean columns."""

from __future__ import annotations

from array import array
from itertools import count, islice
from operator import lt

from altmount.articles import parse_message_id
from altmount.errors import InvalidRequestError
from altmount.nzb.model import Segments
from altmount.nzb.subject import MAX_SEGMENTS

MAX_ID_BYTES = 300
"""How much of what stands for a Message-ID is looked at; none is longer (RFC 3977 3.6)."""

_MOST_ID_BYTES = 248
_ID_BYTES = bytes(byte for byte in range(0x21, 0x7F) if byte not in b"<>")
_UNNUMBERED = 0xFFFF_FFFF
_MAX_ENCODED_SIZE = 0xFFFF_FFFF


class Columns:
    """What an NZB lists as one file's segments, in its order, unchecked."""

    def __init__(self) -> None:
        self._numbers = array("I")
        self._sizes = array("I")
        self._ids = bytearray()
        self._ends = array("I")

    def __len__(self) -> int:
        return len(self._ends)

    def add(self, number: str | None, size: str | None, message_id: str) -> None:
        """Take a ``<segment>``: its attributes, where it has them, and its text."""
        self._numbers.append(_whole(number, MAX_SEGMENTS, _UNNUMBERED))
        self._sizes.append(_whole(size, _MAX_ENCODED_SIZE, 0))
        self._ids += message_id.encode()
        self._ends.append(len(self._ids))

    def segments(self) -> Segments:
        """What can be used of it, by rising number, each number and each Message-ID once.

        Of several with the same number or Message-ID the first is kept. A segment without a
        Message-ID that could be asked for is left out, and its number stays free. Segments
        without a number take the numbers that are free, in their order. Where the count
        starts from 0, all move up by one.
        """
        ids = bytes(self._ids)
        spans = list(zip([0, *self._ends[:-1]], self._ends, strict=True)) if self._ends else []
        messages = [ids[start:stop] for start, stop in spans]
        if not self._clean(messages):
            messages = [_checked(raw) for raw in messages]
        elif self._in_order() and len(set(messages)) == len(messages):
            return Segments(self._numbers, self._sizes, ids, self._ends)
        return self._arranged(messages)

    def _clean(self, messages: list[bytes]) -> bool:
        lengths = range(1, _MOST_ID_BYTES + 1)
        return not self._ids.translate(None, _ID_BYTES) and all(
            len(message) in lengths for message in messages
        )

    def _in_order(self) -> bool:
        numbers = self._numbers
        return (
            not numbers
            or (numbers[0] > 0 and numbers[-1] != _UNNUMBERED)
            and all(map(lt, numbers, islice(numbers, 1, None)))
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


def _whole(text: str | None, most: int, otherwise: int) -> int:
    try:
        number = int(text or "")
    except ValueError:
        return otherwise
    return number if 0 <= number <= most else otherwise


def _checked(raw: bytes) -> bytes:
    """A Message-ID as it is asked for; empty where it cannot be."""
    try:
        return parse_message_id(raw.decode()).encode("ascii")
    except (InvalidRequestError, UnicodeError):
        return b""
