"""A zip that is sent while it is made."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

_LEVEL = 6
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""What a zip can tell (APPNOTE.TXT, 4.4.6)."""


class _Sink(io.RawIOBase):
    """Takes what is written, and gives it away."""

    def __init__(self) -> None:
        super().__init__()
        self._taken = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = memoryview(data)  # type: ignore[arg-type] # io promises bytes
        self._taken += piece
        return piece.nbytes

    def give(self) -> bytes:
        given, self._taken = self._taken, bytearray()
        return bytes(given)


class ZipStream:
    """Makes a zip piece by piece. Deflating blocks."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        self._names: set[str] = set()

    def add(self, name: str, data: bytes, moment: datetime) -> bytes:
        """The next piece, with a file in it.

        Args:
            name: Of the file, with `/` between folders; another one gets a number if it is taken.
            data: What it has.
            moment: When it was made.
        """
        info = zipfile.ZipInfo(self._free(name), max(moment.timetuple()[:6], _EARLIEST))
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        self._zip.writestr(info, data)
        return self._sink.give()

    def end(self) -> bytes:
        """The last piece."""
        self._zip.close()
        return self._sink.give()

    def _free(self, name: str) -> str:
        stem, dot, suffix = name.rpartition(".")
        stem = stem if dot else name
        number, wish = 1, name
        while wish in self._names:
            number += 1
            wish = f"{stem} ({number}){dot}{suffix}" if dot else f"{stem} ({number})"
        self._names.add(wish)
        return wish
