"""Reads the fields of a 7z header: numbers, bits, and what a size stands before.

The top bits of a number's first byte say how many bytes follow: ``0xxxxxxx`` none,
``10xxxxxx`` one, and so on to ``11111111``, eight. Those are the lower bits, the lowest byte
first, and the rest of the first byte is above them.
"""

from __future__ import annotations

from collections.abc import Iterator

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.fields import FixedFields

MAX_SECTIONS = 32
"""How many sections there may be one after another."""

MAX_COUNT = 100_000
"""How many files, folders or streams a header may have."""

_MAX = 2**63 - 1


class Fields(FixedFields):
    """The fields of a header, one after another."""

    def byte(self) -> int:
        """Take a byte."""
        return self.fixed(1)[0]

    def number(self) -> int:
        """Take a number.

        Raises:
            ArchiveError: DAMAGED, if it does not end, or has more than 63 bits.
        """
        first = self.byte()
        more = 8 - (~first & 0xFF).bit_length()
        low = self.little(more)
        value = low | (first & (0x7F >> more)) << 8 * more
        if value > _MAX:
            raise damaged("a number in a header is too large")
        return value

    def count(self) -> int:
        """Take a number of things that follow.

        Raises:
            ArchiveError: TOO_LARGE, if there are more than any sound archive has.
        """
        value = self.number()
        if value > MAX_COUNT:
            raise ArchiveError(ArchiveFault.TOO_LARGE, f"a header says that {value:,} items follow")
        return value

    def bits(self, count: int) -> list[bool]:
        """Take ``count`` bits, the top one of each byte first."""
        data = self.fixed(-(-count // 8))
        return [bool(data[index // 8] & 0x80 >> index % 8) for index in range(count)]

    def optional_bits(self, count: int) -> list[bool]:
        """Take ``count`` bits, or a byte that says that all are set."""
        return [True] * count if self.byte() else self.bits(count)


def sections(fields: Fields, end: int) -> Iterator[int]:
    """The kinds of the sections that follow, up to the end mark; the caller reads each.

    Raises:
        ArchiveError: TOO_LARGE, if there are more than any sound archive has.
    """
    for _ in range(MAX_SECTIONS):
        kind = fields.byte()
        if kind == end:
            return
        yield kind
    raise ArchiveError(ArchiveFault.TOO_LARGE, "a header has too many sections")


def damaged(detail: str) -> ArchiveError:
    """What is raised for headers that cannot be as they are."""
    return ArchiveError(ArchiveFault.DAMAGED, detail)
