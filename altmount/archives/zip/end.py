"""Finds the directory of a ZIP archive by the records at its very end.

::

    central directory | [ZIP64 end] | [where that is] | end | comment of up to 65,535 bytes

Source: APPNOTE.TXT of PKWARE, 4.3.14 to 4.3.16.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.joined import Joined
from altmount.archives.parser import Parser

MAX_COMMENT = 65_535

_END = struct.Struct("<4sHHHHIIH")
_END_MARK = b"PK\x05\x06"
_LOCATOR = struct.Struct("<4sIQI")
_LOCATOR_MARK = b"PK\x06\x07"
_END64 = struct.Struct("<4sQHHIIQQQQ")
_END64_MARK = b"PK\x06\x06"
_UNSAID, _UNSAID_DISK = 0xFFFFFFFF, 0xFFFF


class End(NamedTuple):
    """Where the directory is."""

    start: int
    """In the whole of all volumes."""

    size: int
    entries: int
    """How many it has."""

    shift: int
    """By how much places are further back than the directory says, as those of an archive
    behind a program are."""

    split: bool
    """Whether places are counted from the start of a volume."""


class _Record(NamedTuple):
    """What an end record says."""

    disk: int
    directory_disk: int
    entries: int
    size: int
    offset: int
    position: int
    """Where the record itself starts, right after the directory."""


def find_end(joined: Joined) -> Parser[End]:
    """Find the directory.

    Raises:
        ArchiveError: TRUNCATED, VOLUMES_MISSING or DAMAGED.
    """
    record = yield from _record(joined)
    last = len(joined.volumes) - 1
    if record.disk == 0:
        start = record.position - record.size
        if start < record.offset:
            raise _missing(joined, "its directory is further back than it is long")
        return End(start, record.size, record.entries, start - record.offset, split=False)
    if record.disk != last or record.directory_disk > last:
        raise ArchiveError(
            ArchiveFault.VOLUMES_MISSING,
            f"it has {record.disk + 1} volumes, and {last + 1} are here",
        )
    start = joined.start_of(record.directory_disk) + record.offset
    return End(start, record.size, record.entries, 0, split=True)


def _record(joined: Joined) -> Parser[_Record]:
    for size in (_END.size, _END.size + MAX_COMMENT):
        size_here = min(size, joined.size)
        tail = yield from joined.read(joined.size - size_here, size_here)
        at = len(tail)
        while (at := tail.rfind(_END_MARK, 0, at)) >= 0:
            if at + _END.size <= len(tail):
                _, disk, start_disk, _, count, length, offset, comment = _END.unpack_from(tail, at)
                if at + _END.size + comment <= len(tail):
                    position = joined.size - size_here + at
                    record = _Record(disk, start_disk, count, length, offset, position)
                    return (yield from _large(joined, record))
    raise _missing(joined, "it has no end")


def _large(joined: Joined, record: _Record) -> Parser[_Record]:
    """The ZIP64 record where there is one, or the one that was found."""
    position = record.position - _LOCATOR.size
    if position < 0 or not _needs_more(record):
        return record
    mark, disk, offset, disks = _LOCATOR.unpack((yield from joined.read(position, _LOCATOR.size)))
    if mark != _LOCATOR_MARK:
        return record
    if disks > 1 and disk < len(joined.volumes):
        offset += joined.start_of(disk)
    for start in (offset, position - _END64.size):
        if 0 <= start <= position - _END64.size:
            raw = yield from joined.read(start, _END64.size)
            mark, _, _, _, disk, start_disk, _, count, size, begin = _END64.unpack(raw)
            if mark == _END64_MARK:
                return _Record(disk, start_disk, count, size, begin, start)
    raise _missing(joined, "the record of its large sizes is not where it should be")


def _needs_more(record: _Record) -> bool:
    disks = record.disk, record.directory_disk, record.entries
    return _UNSAID_DISK in disks or _UNSAID in {record.size, record.offset}


def _missing(joined: Joined, detail: str) -> ArchiveError:
    several = len(joined.volumes) > 1
    return ArchiveError(ArchiveFault.VOLUMES_MISSING if several else ArchiveFault.TRUNCATED, detail)
