"""Reads the fields of a RAR5 header: numbers of variable length and fixed ones.

A number is seven bits a byte, the lowest first; the top bit says that another byte follows.
"""

from __future__ import annotations

from altmount.archives.errors import ArchiveError, ArchiveFault

MAX_BYTES = 10
"""How long a number may be: ten bytes hold the 64 bits that it may have."""

_MAX = 2**64 - 1


class Fields:
    """The fields of a header, one after another."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def __len__(self) -> int:
        """How many bytes are left."""
        return len(self._data) - self._position

    @property
    def position(self) -> int:
        """How many bytes were taken."""
        return self._position

    def number(self) -> int:
        """Take a number of variable length.

        Raises:
            ArchiveError: DAMAGED, if it does not end, or has more than 64 bits.
        """
        value = 0
        for index, byte in enumerate(self._data[self._position : self._position + MAX_BYTES]):
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:  # noqa: PLR2004
                self._position += index + 1
                if value > _MAX:
                    break
                return value
        raise ArchiveError(ArchiveFault.DAMAGED, "a number in a RAR header has no end")

    def fixed(self, size: int) -> bytes:
        """Take ``size`` bytes.

        Raises:
            ArchiveError: DAMAGED, if there are fewer.
        """
        if size > len(self):
            raise ArchiveError(ArchiveFault.DAMAGED, "a field of a RAR header has no end")
        start = self._position
        self._position += size
        return self._data[start : self._position]

    def little(self, size: int) -> int:
        """Take a little-endian number of ``size`` bytes."""
        return int.from_bytes(self.fixed(size), "little")
