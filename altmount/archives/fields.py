"""The bytes of a header, taken field by field; each kind of archive adds numbers of its own."""

from __future__ import annotations

from altmount.archives.errors import ArchiveError, ArchiveFault


class FixedFields:
    """The fields of a header, one after another, as far as their sizes are known."""

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

    def fixed(self, size: int) -> bytes:
        """Take ``size`` bytes.

        Raises:
            ArchiveError: DAMAGED, if there are fewer.
        """
        if size > len(self):
            raise ArchiveError(ArchiveFault.DAMAGED, "a header ends before its fields do")
        start = self._position
        self._position += size
        return self._data[start : self._position]

    def little(self, size: int) -> int:
        """Take a little-endian number of ``size`` bytes."""
        return int.from_bytes(self.fixed(size), "little")
