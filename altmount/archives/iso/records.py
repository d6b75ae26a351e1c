"""The records of an ISO 9660 folder (ECMA-119, 9.1).

::

    0    bytes of the record 1 | of attributes before the data, in sectors 1 | sector 4+4
    10   size 4+4 | time 7 | flags 1 | interleaving 2 | volume 2+2 | bytes of the name 1
    33   name, padded to an even size | fields of other standards
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from altmount.archives.iso.limits import SECTOR, damaged

SELF, PARENT = b"\0", b"\1"

_FIXED = struct.Struct("<BBI4xI4x7xBBB4xB")
_FOLDER, _MULTIPLE = 0x02, 0x80


@dataclass(frozen=True, slots=True)
class Record:
    """A file, a part of one, or a folder."""

    start: int
    """Where its data starts, in bytes."""

    size: int
    name: bytes
    folder: bool

    partial: bool
    """Whether the next record is more of it."""

    interleaved: bool
    """Whether its data lies between that of others."""

    extras: bytes
    """What other standards say of it."""


def parse_record(data: bytes) -> Record:
    """A record, which ``data`` starts with.

    Raises:
        ArchiveError: DAMAGED, if it is none.
    """
    if len(data) < _FIXED.size:
        raise damaged("a record of a folder is too short")
    length, attributes, sector, size, flags, unit, gap, name_size = _FIXED.unpack_from(data)
    name_stop = _FIXED.size + name_size
    if not name_size or not name_stop <= length <= len(data):
        raise damaged("a record of a folder is too short")
    return Record(
        start=(sector + attributes) * SECTOR,
        size=size,
        name=data[_FIXED.size : name_stop],
        folder=bool(flags & _FOLDER),
        partial=bool(flags & _MULTIPLE),
        interleaved=bool(unit or gap),
        extras=data[name_stop + name_stop % 2 : length],
    )


def parse_folder(data: bytes) -> Iterator[Record]:
    """The records of a folder; none crosses the end of a sector.

    Raises:
        ArchiveError: DAMAGED.
    """
    for start in range(0, len(data), SECTOR):
        sector = data[start : start + SECTOR]
        while sector and sector[0]:
            yield parse_record(sector)
            sector = sector[sector[0] :]
