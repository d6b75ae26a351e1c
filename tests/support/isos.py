"""Images of discs of any shape: UDF with and without a metadata partition, block by block.

ISO 9660 ones are made by the real programs, and by :func:`iso9660` for what these do not do.
Sources: ECMA-167, OSTA's Universal Disk Format 2.60, ECMA-119.
"""

from __future__ import annotations

import struct
from binascii import crc_hqx
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

SECTOR = 2048
PARTITION_START = 512


@dataclass(frozen=True)
class Shape:
    """How to lay out a UDF volume."""

    metadata: bool = False  #: file entries lie in a metadata partition
    split_metadata: bool = False  #: in two extents
    mirror_only: bool = False  #: the metadata file itself is damaged
    extended: bool = False  #: extended file entries
    long: bool = False  #: long extents
    inline: int = 0  #: files up to this size stand in their entry
    extent: int = 1 << 30  #: the most bytes in an extent
    scattered: bool = False  #: a block is left out between extents
    per_block: int = 1000  #: the most extents in a block, after which they go on in another
    links: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    label: str = "disc"
    extra: dict = field(default_factory=dict)


def descriptor(tag: int, body: bytes, block: int = 0) -> bytes:
    """A descriptor with right checksums."""
    crc = crc_hqx(body, 0)
    head = struct.pack("<HHBBHHHI", tag, 3, 0, 0, 1, crc, len(body), block)
    total = sum(head) & 0xFF
    return head[:4] + bytes((total,)) + head[5:] + body


def _sector(data: bytes) -> bytes:
    assert len(data) <= SECTOR
    return data.ljust(SECTOR, b"\0")


def _name(name: str) -> bytes:
    try:
        return b"\x08" + name.encode("latin-1")
    except UnicodeEncodeError:
        return b"\x10" + name.encode("utf-16-be")


def _long(block: int, partition: int, size: int = SECTOR) -> bytes:
    return struct.pack("<IIH6x", size, block, partition)


class _Udf:
    """Lays out a tree. Partition 0 is the disc; 1 the metadata, if there is that."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        # Blocks of the physical partition; at 0 there is never a file's.
        self.data: list[bytes] = [bytes(SECTOR)] if shape.metadata else []
        self.meta: list[bytes] = self.data if not shape.metadata else []
        self.meta_partition = 1 if shape.metadata else 0

    def reserve(self) -> int:
        self.meta.append(b"")
        return len(self.meta) - 1

    def store(self, content: bytes) -> list[tuple[int, int]]:
        """Put content on the disc; its extents."""
        found = []
        for start in range(0, len(content), self.shape.extent):
            piece = content[start : start + self.shape.extent]
            found.append((len(self.data), len(piece)))
            for at in range(0, len(piece), SECTOR):
                self.data.append(_sector(piece[at : at + SECTOR]))
            if self.shape.scattered:
                self.data.append(bytes(SECTOR))
        return found

    def entry(self, block: int, kind: int, content: bytes, extents=None) -> None:
        """Write a file entry."""
        shape = self.shape
        inline = extents is None and len(content) <= shape.inline
        if inline:
            how, described = 3, content
        else:
            found = extents if extents is not None else self.store(content)
            how = 1 if shape.long or self.meta_partition else 0
            described = self._extents(found, how)
        self.meta[block] = _sector(self._file_entry(kind, how, len(content), described, block))

    def _extents(self, found, how: int) -> bytes:
        per_block = self.shape.per_block
        pieces = [
            struct.pack("<II", size, at) if how == 0 else _long(at, 0, size) for at, size in found
        ]
        if len(pieces) <= per_block:
            return b"".join(pieces)
        rest = self._extents(found[per_block:], how)
        block = self.reserve()
        body = struct.pack("<II", 0, len(rest)) + rest
        self.meta[block] = _sector(descriptor(258, body, block))
        size = SECTOR | 3 << 30
        more = struct.pack("<II", size, block)
        if how == 1:
            more = _long(block, self.meta_partition, size)
        return b"".join(pieces[:per_block]) + more

    def _file_entry(self, kind: int, how: int, size: int, described: bytes, block: int) -> bytes:
        icb = struct.pack("<IHHHBB6sH", 0, 4, 0, 1, 0, kind, bytes(6), how)
        if self.shape.extended or self.shape.metadata:
            body = icb.ljust(40, b"\0") + struct.pack("<QQ", size, size)
            body = body.ljust(192, b"\0") + struct.pack("<II", 4, len(described)) + b"attr"
            return descriptor(266, body + described, block)
        body = icb.ljust(40, b"\0") + struct.pack("<Q", size)
        body = body.ljust(152, b"\0") + struct.pack("<II", 4, len(described)) + b"attr"
        return descriptor(261, body + described, block)

    def identifier(self, name: str, flags: int, block: int) -> bytes:
        raw = _name(name) if name else b""
        body = struct.pack("<HBB", 1, flags, len(raw)) + _long(block, self.meta_partition)
        data = descriptor(257, body + struct.pack("<H", 0) + raw, 0)
        return data + bytes(-len(data) % 4)

    def folder(self, block: int, parent: int, tree: Mapping[str, object], path: str) -> None:
        listed = self.identifier("", 0x0A, parent)
        for name, content in tree.items():
            inner = self.reserve()
            inner_path = f"{path}/{name}".lstrip("/")
            flags = 0x04 if inner_path in self.shape.deleted else 0
            if isinstance(content, Mapping):
                listed += self.identifier(name, flags | 2, inner)
                self.folder(inner, block, content, inner_path)
            else:
                listed += self.identifier(name, flags, inner)
                kind = 12 if inner_path in self.shape.links else 5
                self.entry(inner, kind, content)
        if self.shape.metadata:  # the folders' lists lie there too
            start = len(self.meta)
            for at in range(0, len(listed), SECTOR):
                self.meta.append(_sector(listed[at : at + SECTOR]))
            how = 1 if self.shape.long else 0
            described = struct.pack("<II", len(listed), start)
            if how:
                described = _long(start, 1, len(listed))
            entry = self._file_entry(4, how, len(listed), described, block)
            self.meta[block] = _sector(entry)
        else:
            self.entry(block, 4, listed)


def _metadata_map(main: int, mirror: int) -> bytes:
    name = b"\0*UDF Metadata Partition".ljust(24, b"\0") + bytes(8)
    found = bytes((2, 64)) + bytes(2) + name + struct.pack("<HH", 1, 0)
    return (found + struct.pack("<IIIIHB", main, mirror, 0xFFFFFFFF, 32, 32, 0)).ljust(64, b"\0")


def udf(tree: Mapping[str, object], shape: Shape | None = None, **changes) -> bytes:
    """An image with this tree: names, and either contents or trees."""
    shape = replace(shape or Shape(), **changes)
    made = _Udf(shape)
    file_set, root = made.reserve(), made.reserve()
    made.folder(root, root, tree, "")
    body = bytes(384) + _long(root, made.meta_partition)
    made.meta[file_set] = _sector(descriptor(256, body.ljust(496, b"\0"), file_set))
    maps = struct.pack("<BBHH", 1, 6, 1, 0)
    if shape.metadata:
        maps += _place_metadata(made)
    return _volume(made, maps, file_set)


def _place_metadata(made: _Udf) -> bytes:
    """Put the metadata's blocks on the disc; how they are mapped."""
    half = len(made.meta) // 2 + 1 if made.shape.split_metadata else len(made.meta)
    extents = []
    for blocks in (made.meta[:half], made.meta[half:]):
        if blocks:
            extents.append((len(made.data), len(blocks) * SECTOR))
            made.data += [_sector(block) for block in blocks]
        made.data.append(bytes(SECTOR))
    size = len(made.meta) * SECTOR
    described = b"".join(struct.pack("<II", length, at) for at, length in extents)
    places = []
    for kind in (250, 251):
        block = len(made.data)
        entry = _sector(made._file_entry(kind, 0, size, described, block))
        if kind == 250 and made.shape.mirror_only:
            entry = b"\0" + entry[1:]
        made.data.append(entry)
        places.append(block)
    return _metadata_map(*places)


def _volume(made: _Udf, maps: bytes, file_set: int) -> bytes:
    blocks = len(made.data)
    anchor = struct.pack("<IIII", 16 * SECTOR, 32, 16 * SECTOR, 64).ljust(496, b"\0")
    partition = struct.pack("<IHH", 1, 1, 0) + b"\0+NSR03".ljust(32, b"\0")
    partition = partition.ljust(168, b"\0") + struct.pack("<III", 1, PARTITION_START, blocks)
    label = _name(made.shape.label)
    volume = bytes(68) + label.ljust(127, b"\0") + bytes((len(label),))
    volume += struct.pack("<I", SECTOR) + b"\0*OSTA UDF Compliant".ljust(32, b"\0")
    volume += _long(file_set, made.meta_partition)
    volume += struct.pack("<II", len(maps), 2 if made.shape.metadata else 1)
    volume = volume.ljust(424, b"\0") + maps
    image = bytearray(16 * SECTOR)
    for mark in (b"BEA01", b"NSR03", b"TEA01"):
        image += _sector(b"\0" + mark + b"\1")
    for start in (32, 64):
        image = image.ljust(start * SECTOR, b"\0")
        image += _sector(descriptor(5, partition.ljust(496, b"\0"), start))
        image += _sector(descriptor(6, volume, start + 1))
        image += _sector(descriptor(8, bytes(496), start + 2))
    image = image.ljust(256 * SECTOR, b"\0")
    image += _sector(descriptor(2, anchor, 256))
    image = image.ljust(PARTITION_START * SECTOR, b"\0")
    for block in made.data:
        image += _sector(block)
    return bytes(image + _sector(descriptor(2, anchor, len(image) // SECTOR)))


def record(
    name: bytes, sector: int, size: int, *, folder=False, partial=False, extras=b""
) -> bytes:
    """A record of an ISO 9660 folder."""
    flags = (2 if folder else 0) | (0x80 if partial else 0)
    both = struct.pack("<I", sector) + struct.pack(">I", sector)
    both += struct.pack("<I", size) + struct.pack(">I", size)
    body = b"\0" + both + bytes(7) + bytes((flags, 0, 0, 1, 0, 0, 1, len(name))) + name
    body += bytes((1 + len(body)) % 2) + extras
    body += bytes((1 + len(body)) % 2)
    return bytes((1 + len(body),)) + body


def iso9660(contents: Mapping[bytes, bytes], *, part: int = 1 << 30, block: int = SECTOR) -> bytes:
    """An image with these files at its top, each in records of at most ``part`` bytes."""
    root = 20
    count = len(_listing(contents, part, root, 1, 0)[0])
    listed, data = _listing(contents, part, root, count, root + count + 1)
    size = count * SECTOR
    volume = b"\x01CD001\1".ljust(40, b"\0") + b"DISC".ljust(88)
    volume += struct.pack("<H", block) + struct.pack(">H", block)
    volume = volume.ljust(156, b"\0") + record(b"\0", root, size, folder=True)
    image = bytes(16 * SECTOR) + _sector(volume) + _sector(b"\xffCD001\1")
    image = image.ljust(root * SECTOR, b"\0") + b"".join(map(_sector, listed))
    return image.ljust((root + count + 1) * SECTOR, b"\0") + data


def _listing(
    contents: Mapping[bytes, bytes], part: int, root: int, count: int, first: int
) -> tuple[list[bytes], bytes]:
    """The sectors of the list of files, in which no record crosses from one into the next; and
    what these have, which begins at sector ``first``.
    """
    size = count * SECTOR
    listed = [record(b"\0", root, size, folder=True) + record(b"\1", root, size, folder=True)]
    data = bytearray()
    for name, content in contents.items():
        pieces = [content[at : at + part] for at in range(0, len(content), part)] or [b""]
        for index, piece in enumerate(pieces):
            sector = first + len(data) // SECTOR
            one = record(name, sector, len(piece), partial=index + 1 < len(pieces))
            if len(listed[-1]) + len(one) > SECTOR:
                listed.append(b"")
            listed[-1] += one
            data += piece + bytes(-len(piece) % SECTOR)
    return listed, bytes(data)


def playlist(*items: tuple[str, int, int]) -> bytes:
    """A playlist of a Blu-ray: clips with when they start and stop, in seconds."""
    listed = b""
    for clip, start, stop in items:
        body = clip.encode() + b"M2TS" + bytes(3) + struct.pack(">II", start * 45000, stop * 45000)
        body += bytes(12)
        listed += struct.pack(">H", len(body)) + body
    head = struct.pack(">HHH", 0, len(items), 0)
    whole = struct.pack(">I", len(head) + len(listed)) + head + listed
    return b"MPLS0200" + struct.pack(">III", 40, 40 + len(whole), 0).ljust(32, b"\0") + whole


def title_set(*seconds: int) -> bytes:
    """The header of a DVD's title set: how long each of its titles plays."""
    chains, listed = b"", struct.pack(">HHI", len(seconds), 0, 0)
    for length in seconds:
        time = [length // 3600, length // 60 % 60, length % 60]
        decimal = bytes(one // 10 * 16 + one % 10 for one in time)
        listed += struct.pack(">II", 0, 8 + 8 * len(seconds) + len(chains))
        chains += bytes(4) + decimal + b"\x40" + bytes(8)
    head = b"DVDVIDEO-VTS".ljust(204, b"\0") + struct.pack(">I", 1)
    return _sector(head) + listed + chains
