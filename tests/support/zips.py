"""ZIP archives of any shape, record by record (APPNOTE.TXT of PKWARE)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class File:
    """What to put in."""

    path: str
    data: bytes = b""
    method: int = 0
    packed: bytes | None = None  #: in place of what the method makes of ``data``
    link: bool = False
    encrypted: str = ""
    encoding: str = "utf-8"
    said_utf8: bool = True
    unicode_path: str | None = None


@dataclass(frozen=True)
class Shape:
    """How to put it in."""

    zip64: bool = False
    descriptors: bool = False
    comment: bytes = b""
    program: bytes = b""
    volume_size: int | None = None
    split: bool = False  #: volumes are counted, else the whole is cut anywhere
    local_extra: bytes = b"UT\x05\0\1abcd"
    gap: bytes = b""  #: after each entry


@dataclass
class _Place:
    disk: int
    offset: int


class _Output:
    """Bytes with, in a split set, the volume that each lies in."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.data = bytearray()

    def whole(self, size: int) -> None:
        """Make room, so that a record is not cut."""
        step = self.shape.volume_size
        if self.shape.split and step and len(self.data) % step + size > step:
            self.data += bytes(-len(self.data) % step)

    def place(self) -> _Place:
        step = self.shape.volume_size
        if not self.shape.split or not step:
            return _Place(0, len(self.data) - len(self.shape.program))
        return _Place(*divmod(len(self.data), step))


def _packed(file: File) -> bytes:
    if file.packed is not None:
        return file.packed
    if file.method == 8:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(file.data) + packer.flush()
    return file.data


def zipped(files: Sequence[File], shape: Shape | None = None, **changes) -> list[bytes]:
    """The volumes of an archive."""
    shape = replace(shape or Shape(), **changes)
    out = _Output(shape)
    out.data += shape.program
    if shape.split:
        out.data += b"PK\x07\x08"
    directory = []
    for file in files:
        directory.append(_entry(out, file))
        out.data += shape.gap
    out.whole(sum(map(len, directory)) + 200)
    start = out.place()
    for record in directory:
        out.data += record
    _end(out, start, len(files), sum(map(len, directory)))
    step = shape.volume_size or len(out.data)
    return [bytes(out.data[at : at + step]) for at in range(0, len(out.data), step)]


def _entry(out: _Output, file: File) -> bytes:
    shape = out.shape
    packed = _packed(file)
    name = file.path.encode(file.encoding)
    flags = 0x800 if file.said_utf8 and file.encoding == "utf-8" and not name.isascii() else 0
    flags |= 8 if shape.descriptors else 0
    flags |= 1 if file.encrypted else 0
    extra = b""
    if file.encrypted == "aes":
        extra += struct.pack("<HHHHBH", 0x9901, 7, 2, 0x4541, 3, 0)
    if file.unicode_path is not None:
        path = b"\1" + struct.pack("<I", zlib.crc32(name)) + file.unicode_path.encode()
        extra += struct.pack("<HH", 0x7075, len(path)) + path
    crc, sizes = zlib.crc32(file.data), (len(packed), len(file.data))
    said = (0, 0, 0) if shape.descriptors else (crc, *sizes)
    local_extra = extra + shape.local_extra
    out.whole(30 + len(name) + len(local_extra))
    place = out.place()
    out.data += b"PK\3\4" + struct.pack("<HHHHHIII", 45, flags, file.method, 0, 0x5800, *said)
    out.data += struct.pack("<HH", len(name), len(local_extra)) + name + local_extra + packed
    if shape.descriptors:
        out.data += b"PK\7\x08" + struct.pack("<III", crc, *sizes)
    disk, offset = place.disk, place.offset
    if shape.zip64:
        extra = struct.pack("<HHQQQ", 1, 24, sizes[1], sizes[0], offset) + extra
        sizes, offset = (0xFFFFFFFF, 0xFFFFFFFF), 0xFFFFFFFF
    mode = 0o120777 if file.link else 0o100644
    record = b"PK\1\2" + struct.pack("<BBHHHHHI", 45, 3, 45, flags, file.method, 0, 0x5800, crc)
    record += struct.pack("<IIHHHHH", *sizes, len(name), len(extra), 4, disk, 0)
    return record + struct.pack("<II", mode << 16, offset) + name + extra + b"note"


def _end(out: _Output, start: _Place, count: int, size: int) -> None:
    here = out.place()
    fields = (here.disk, start.disk, count, count, size, start.offset)
    if out.shape.zip64:
        disks = here.disk, start.disk
        out.data += b"PK\6\6" + struct.pack("<QHHII", 44, 45, 45, *disks)
        out.data += struct.pack("<QQQQ", count, count, size, start.offset)
        out.data += b"PK\6\7" + struct.pack("<IQI", here.disk, here.offset, here.disk + 1)
        fields = (0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    out.data += b"PK\5\6" + struct.pack("<HHHHII", *fields)
    out.data += struct.pack("<H", len(out.shape.comment)) + out.shape.comment
