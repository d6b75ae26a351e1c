"""Reads the fields of a RAR5 header: numbers of variable length and fixed ones.

A number is seven bits a byte, the lowest first; the top bit says that another byte follows.
"""

from __future__ import annotations

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.fields import FixedFields

MAX_BYTES = 10
"""How long a number may be: ten bytes hold the 64 bits that it may have."""

_MAX = 2**64 - 1


class Fields(FixedFields):
    """The fields of a header, one after another."""

    def number(self) -> int:
        """Take a number of variable length.

        Raises:
            ArchiveError: DAMAGED, if it does not end, or has more than 64 bits.
        """
        value = 0
        for index, byte in enumerate(self._data[self._position : self._position + MAX_BYTES]):
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:  # noqa: PLR2004 - the top bit
                self._position += index + 1
                if value > _MAX:
                    break
                return value
        raise ArchiveError(ArchiveFault.DAMAGED, "a number in a RAR header has no end")
