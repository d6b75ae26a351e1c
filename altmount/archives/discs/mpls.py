"""The playlists of a Blu-ray disc (``BDMV/PLAYLIST/*.mpls``).

::

    0    "MPLS" | version 4 | offset of the list 4 | ...          (integers are big-endian)
    list length 4 | - 2 | items 2 | sub-paths 2
    item length 2 | clip 5 | "M2TS" 4 | flags 2 | STC 1 | in 4 | out 4 | ...

Times are in units of 1/45,000 s. Source: the format as players read it; it was never published.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from altmount.archives.errors import ArchiveError, ArchiveFault

TICKS = 45_000
"""Units of time in a second."""

MAX_SIZE = 1024 * 1024
"""How large a playlist may be; the largest sound ones have some 50 kB."""

_HEAD = struct.Struct(">4s4xI")
_LIST = struct.Struct(">I2xHH")
_ITEM = struct.Struct(">H5s4s3xII")


class PlayItem(NamedTuple):
    """A stretch of a clip."""

    clip: str
    """Five digits; the file is ``BDMV/STREAM/<clip>.m2ts``."""

    start: int
    """When it starts, in ticks of the clip's own clock."""

    stop: int


def parse_mpls(data: bytes) -> tuple[PlayItem, ...]:
    """What a playlist plays, in order.

    Raises:
        ArchiveError: NOT_AN_ARCHIVE or DAMAGED.
    """
    if len(data) < _HEAD.size or not data.startswith(b"MPLS"):
        raise ArchiveError(ArchiveFault.NOT_AN_ARCHIVE, "it is no playlist")
    _, position = _HEAD.unpack_from(data)
    if position + _LIST.size > len(data):
        raise _damaged()
    _, count, _ = _LIST.unpack_from(data, position)
    position += _LIST.size
    found = []
    for _ in range(count):
        if position + _ITEM.size > len(data):
            raise _damaged()
        length, clip, _, start, stop = _ITEM.unpack_from(data, position)
        if stop < start or not clip.isdigit():
            raise _damaged()
        found.append(PlayItem(clip.decode("ascii"), start, stop))
        position += 2 + length
    return tuple(found)


def _damaged() -> ArchiveError:
    return ArchiveError(ArchiveFault.DAMAGED, "a playlist is damaged")
