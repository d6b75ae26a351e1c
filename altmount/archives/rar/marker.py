"""Finds where a RAR archive starts: at once, or after a program that unpacks it."""

from __future__ import annotations

from typing import NamedTuple

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import Volume
from altmount.archives.parser import Parser
from altmount.archives.reading import take

RAR4 = b"Rar!\x1a\x07\x00"
RAR5 = b"Rar!\x1a\x07\x01\x00"

MAX_PROGRAM = 1024 * 1024
"""How far into a program its archive is looked for."""

_OLD = b"RE~^"
_PROGRAMS = (b"MZ", b"\x7fELF")


class Marker(NamedTuple):
    """Where the first block starts, and in which format."""

    format: str
    """``rar4`` or ``rar5``."""

    stop: int


def find_marker(volumes: tuple[Volume, ...], index: int) -> Parser[Marker]:
    """Find the start of a volume's archive.

    Raises:
        ArchiveError: NOT_AN_ARCHIVE, or UNSUPPORTED for those of before RAR 1.5.
    """
    volume = volumes[index]
    start = yield from take(volumes, index, 0, min(len(RAR5), volume.size))
    if start.startswith(_PROGRAMS):
        start = yield from take(volumes, index, 0, min(MAX_PROGRAM, volume.size))
        position = start.find(RAR4[:-1])
    else:
        position = 0
    for name, marker in (("rar4", RAR4), ("rar5", RAR5)):
        if position >= 0 and start.startswith(marker, position):
            return Marker(name, position + len(marker))
    if start.startswith(_OLD):
        raise ArchiveError(ArchiveFault.UNSUPPORTED, "it is of before RAR 1.5")
    raise ArchiveError(ArchiveFault.NOT_AN_ARCHIVE, f"{volume.name} is no RAR volume")
