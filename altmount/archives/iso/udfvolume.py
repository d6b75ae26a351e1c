"""Where the partitions of a UDF volume lie, and its root folder.

::

    sector 256    anchor: where the volume's descriptors are
    there         partitions; the logical volume: how they map, and where the file set is
    file set      where the root folder is

From UDF 2.50 on, folders and file entries lie in a metadata partition: a file, whose extents
are in another partition and make up the blocks of this one. Sources: ECMA-167 3rd edition, and
OSTA's Universal Disk Format 2.60.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.iso.limits import SECTOR, damaged, too_large
from altmount.archives.iso.space import Run, Space
from altmount.archives.iso.udffile import Address, read_block, read_file
from altmount.archives.iso.udftag import (
    ANCHOR,
    FILE_SET,
    LOGICAL_VOLUME,
    PARTITION,
    POINTER,
    TERMINATOR,
    tag_of,
)
from altmount.archives.iso.udftext import text_of
from altmount.archives.joined import Joined
from altmount.archives.parser import Parser

MAX_DESCRIPTORS = 256
"""How many descriptors a volume may have."""

MAX_PARTITIONS = 16

_ANCHOR_SECTOR = 256
_LABEL_AT, _LABEL_BYTES = 84, 128
_LONG_ADDRESS = struct.Struct("<4xIH")
_FILE_SET_AT, _BLOCK_SIZE_AT, _MAPS_SIZE_AT, _MAPS_AT, _ROOT_AT = 248, 212, 264, 440, 400
_PHYSICAL, _TYPED = 1, 2
_METADATA, _SPARABLE = b"*UDF Metadata Partition", b"*UDF Sparable Partition"


@dataclass(frozen=True, slots=True)
class UdfVolume:
    """What there is to read files with."""

    partitions: tuple[Space, ...]
    root: Address
    label: str
    """What the volume is called; hostile."""


@dataclass(slots=True)
class _Descriptors:
    partitions: dict[int, Run] = field(default_factory=dict)
    volume: bytes | None = None


def read_udf_volume(joined: Joined) -> Parser[UdfVolume]:
    """Find the partitions and the root folder.

    Raises:
        ArchiveError: NOT_AN_ARCHIVE, if there is no UDF; DAMAGED, TRUNCATED, UNSUPPORTED or
            TOO_LARGE.
    """
    start, size = yield from _anchor(joined)
    found = yield from _descriptors(joined, start, size)
    if found.volume is None:
        raise damaged("its UDF has no logical volume")
    block_size = int.from_bytes(found.volume[_BLOCK_SIZE_AT : _BLOCK_SIZE_AT + 4], "little")
    if block_size != SECTOR:
        raise ArchiveError(ArchiveFault.UNSUPPORTED, f"its UDF has blocks of {block_size:,} bytes")
    partitions = yield from _partitions(joined, found)
    block, partition = _LONG_ADDRESS.unpack_from(found.volume, _FILE_SET_AT)
    file_set = yield from read_block(joined, partitions, Address(partition, block))
    if tag_of(file_set) != FILE_SET:
        raise damaged("its UDF has no file set where one should be")
    block, partition = _LONG_ADDRESS.unpack_from(file_set, _ROOT_AT)
    label = text_of(_dstring(found.volume[_LABEL_AT : _LABEL_AT + _LABEL_BYTES]))
    return UdfVolume(tuple(partitions), Address(partition, block), label)


def _dstring(data: bytes) -> bytes:
    """Text in a field of fixed size, whose last byte says how much of it is text."""
    return data[: min(data[-1], len(data) - 1)]


def _anchor(joined: Joined) -> Parser[tuple[int, int]]:
    """Where the descriptors start, and how large they are."""
    sectors = joined.size // SECTOR
    for sector in (_ANCHOR_SECTOR, sectors - 1, sectors - 1 - _ANCHOR_SECTOR):
        if not 0 < sector < sectors:
            continue
        data = yield from joined.read(sector * SECTOR, SECTOR)
        try:
            if tag_of(data) == ANCHOR:
                size, start = struct.unpack_from("<II", data, 16)
                return start * SECTOR, size
        except ArchiveError:
            continue
    raise ArchiveError(ArchiveFault.NOT_AN_ARCHIVE, "it has no UDF file system")


def _descriptors(joined: Joined, start: int, size: int) -> Parser[_Descriptors]:
    found = _Descriptors()
    stop = start + size
    for _ in range(MAX_DESCRIPTORS):
        if start >= stop:
            return found
        data = yield from joined.read(start, SECTOR)
        start += SECTOR
        tag = int.from_bytes(data[:2], "little")
        if tag in {0, TERMINATOR}:
            return found
        tag = tag_of(data)
        if tag == PARTITION:
            number, begin, blocks = struct.unpack_from("<22xH164xII", data)
            found.partitions[number] = Run(begin * SECTOR, blocks * SECTOR)
        elif tag == LOGICAL_VOLUME:
            found.volume = data
        elif tag == POINTER:
            size, begin = struct.unpack_from("<20xII", data)
            start, stop = begin * SECTOR, begin * SECTOR + size
    raise too_large("descriptors")


def _partitions(joined: Joined, found: _Descriptors) -> Parser[list[Space]]:
    volume = found.volume or b""
    maps = list(_maps(volume))
    spaces: list[Space] = []
    metadata: list[tuple[int, bytes]] = []
    for index, one in enumerate(maps):
        number, typed = _number(one)
        if number not in found.partitions:
            raise damaged("its UDF maps a partition that it does not have")
        run = found.partitions[number]
        within = max(0, min(run.size, joined.size - (run.start or 0)))
        spaces.append(Space([Run(run.start, within)]))
        if typed == _METADATA:
            metadata.append((index, one))
    for index, one in metadata:
        spaces[index] = yield from _metadata(joined, maps, spaces, one)
    return spaces


def _maps(volume: bytes) -> Iterator[bytes]:
    size = int.from_bytes(volume[_MAPS_SIZE_AT : _MAPS_SIZE_AT + 4], "little")
    data = volume[_MAPS_AT : _MAPS_AT + size]
    for _ in range(MAX_PARTITIONS):
        if len(data) < 2 or data[1] < 6:  # noqa: PLR2004 as the map is laid out
            return
        yield data[: data[1]]
        data = data[data[1] :]


def _number(one: bytes) -> tuple[int, bytes]:
    """The number of the partition that a map is of, and what it is called if it is special."""
    if one[0] == _PHYSICAL:
        return int.from_bytes(one[4:6], "little"), b""
    name = one[5:28].rstrip(b"\0")
    if one[0] != _TYPED or name not in {_METADATA, _SPARABLE} or len(one) < 52:  # noqa: PLR2004 as the map is laid out
        said = name.decode("ascii", "replace")
        raise ArchiveError(ArchiveFault.UNSUPPORTED, f"a partition of kind {said!r} is not known")
    return int.from_bytes(one[38:40], "little"), name


def _metadata(
    joined: Joined, maps: list[bytes], spaces: Sequence[Space], one: bytes
) -> Parser[Space]:
    """The blocks of a metadata partition, by its file or by the mirror of that."""
    number, _ = _number(one)
    physical = next(
        (index for index, other in enumerate(maps) if _number(other) == (number, b"")), None
    )
    if physical is None:
        raise damaged("its metadata partition lies in none")
    main, mirror = struct.unpack_from("<II", one, 40)
    try:
        file = yield from read_file(joined, spaces, Address(physical, main))
    except ArchiveError as error:
        if error.fault is not ArchiveFault.DAMAGED or mirror == main:
            raise
        file = yield from read_file(joined, spaces, Address(physical, mirror))
    return file.space
