"""What a file entry of UDF says: how large a file is and where its bytes lie.

Extents come as short descriptors (in the same partition), long ones (with the partition), or
the bytes themselves stand in their place. Source: ECMA-167 4/14.6, 4/14.9, 4/14.14, 4/14.17.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.iso.limits import MAX_EXTENTS, SECTOR, damaged, too_large
from altmount.archives.iso.space import Run, Space
from altmount.archives.iso.udftag import EXTENDED_FILE_ENTRY, FILE_ENTRY, MORE_EXTENTS, tag_of
from altmount.archives.joined import Joined
from altmount.archives.parser import Parser

FOLDER, LINK = 4, 12

MAX_CONTINUATIONS = 4096
"""How many blocks more of extents a file may have."""

_KIND_AT, _FLAGS_AT, _SIZE_AT = 27, 34, 56
_SIZES_AT = {FILE_ENTRY: 168, EXTENDED_FILE_ENTRY: 208}
_SHORT, _LONG, _INLINE = 0, 1, 3
_SHORT_EXTENT, _LONG_EXTENT = struct.Struct("<II"), struct.Struct("<IIH6x")
_RECORDED, _CONTINUED = 0, 3
_MAX_SIZE = 2**62


class Address(NamedTuple):
    """A block of a partition."""

    partition: int
    block: int


@dataclass(frozen=True, slots=True)
class UdfFile:
    """A file, a folder, or something else."""

    kind: int
    space: Space
    described: int
    """How many extents its entry has."""


class _Piece(NamedTuple):
    how: int
    size: int
    address: Address


def locate(partitions: Sequence[Space], address: Address, size: int) -> list[Run]:
    """Where bytes from a block on lie.

    Raises:
        ArchiveError: DAMAGED, if there is no such block.
    """
    if address.partition >= len(partitions):
        raise damaged("its file system refers to a partition that it does not have")
    return partitions[address.partition].part(address.block * SECTOR, size)


def read_block(joined: Joined, partitions: Sequence[Space], address: Address) -> Parser[bytes]:
    """Ask for a block."""
    return (yield from Space(locate(partitions, address, SECTOR)).read(joined, 0, SECTOR))


def read_file(joined: Joined, partitions: Sequence[Space], address: Address) -> Parser[UdfFile]:
    """Read the file entry in a block.

    Raises:
        ArchiveError: DAMAGED, TRUNCATED, UNSUPPORTED or TOO_LARGE.
    """
    data = yield from read_block(joined, partitions, address)
    tag = tag_of(data)
    if tag not in _SIZES_AT:
        raise damaged("its file system has no file entry where one should be")
    sizes_at = _SIZES_AT[tag]
    attributes, length = struct.unpack_from("<II", data, sizes_at)
    size = int.from_bytes(data[_SIZE_AT : _SIZE_AT + 8], "little")
    start = sizes_at + 8 + attributes
    if start + length > SECTOR or size > _MAX_SIZE:
        raise damaged("a file entry is larger than its block")
    how = data[_FLAGS_AT] & 7
    if how == _INLINE:
        described = 1
        runs = Space(locate(partitions, address, SECTOR)).part(start, min(size, length))
    elif how in {_SHORT, _LONG}:
        runs, described = yield from _runs(
            joined, partitions, data[start : start + length], how, address.partition
        )
    else:
        raise ArchiveError(ArchiveFault.UNSUPPORTED, f"extents of kind {how} are not known")
    return UdfFile(data[_KIND_AT], _cut(runs, size), described)


def _cut(runs: list[Run], size: int) -> Space:
    """The first ``size`` bytes of what may be more."""
    space = Space(runs)
    if space.size < size:
        raise damaged("a file has fewer extents than bytes")
    return Space(space.part(0, size))


def _runs(
    joined: Joined, partitions: Sequence[Space], data: bytes, how: int, partition: int
) -> Parser[tuple[list[Run], int]]:
    """The runs of a file, and how many extents described them."""
    found: list[Run] = []
    described = 0
    for _ in range(MAX_CONTINUATIONS):
        more = None
        for piece in _pieces(data, how, partition):
            described += 1
            if piece.how == _CONTINUED:
                more = piece.address
                break
            if piece.how == _RECORDED:
                found += locate(partitions, piece.address, piece.size)
            else:
                found.append(Run(None, piece.size))
        if more is None:
            return found, described
        block = yield from read_block(joined, partitions, more)
        if tag_of(block) != MORE_EXTENTS:
            raise damaged("the extents of a file do not go on where they should")
        size = int.from_bytes(block[20:24], "little")
        data = block[24 : 24 + size]
        if described > MAX_EXTENTS:
            break
    raise too_large("extents")


def _pieces(data: bytes, how: int, partition: int) -> Iterator[_Piece]:
    if how == _SHORT:
        whole = len(data) - len(data) % _SHORT_EXTENT.size
        for length, block in _SHORT_EXTENT.iter_unpack(data[:whole]):
            if length:
                yield _Piece(length >> 30, length & 0x3FFFFFFF, Address(partition, block))
    else:
        whole = len(data) - len(data) % _LONG_EXTENT.size
        for length, block, other in _LONG_EXTENT.iter_unpack(data[:whole]):
            if length:
                yield _Piece(length >> 30, length & 0x3FFFFFFF, Address(other, block))
