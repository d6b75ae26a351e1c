"""The central directory of a ZIP archive, entry by entry (APPNOTE.TXT, 4.3.12)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from altmount.archives.errors import ArchiveError, ArchiveFault

MAX_ENTRIES = 100_000

_FIXED = struct.Struct("<4sBBHHHIIIIHHHHHII")
_MARK = b"PK\x01\x02"
_EXTRA = struct.Struct("<HH")
_ENCRYPTED, _UTF8 = 0x0001, 0x0800
_ZIP64, _WINZIP_AES, _UNICODE_PATH = 0x0001, 0x9901, 0x7075
_UNSAID, _UNSAID_DISK = 0xFFFFFFFF, 0xFFFF
_UNIX, _MODE, _LINK_MODE = 3, 0xF000, 0xA000
_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Listed:
    """What the directory says of an entry."""

    path: str
    method: int
    crc: int
    packed_size: int
    size: int
    disk: int
    offset: int
    """Where its own header starts, counted from the start of ``disk``."""

    encryption: str
    """How it is encrypted; empty if it is not."""

    folder: bool
    link: bool


def read_directory(data: bytes, count: int) -> Iterator[Listed]:
    """The entries of a directory.

    Raises:
        ArchiveError: DAMAGED or TOO_LARGE.
    """
    if count > MAX_ENTRIES:
        raise ArchiveError(ArchiveFault.TOO_LARGE, f"it has {count:,} entries")
    position = 0
    for _ in range(count):
        if position + _FIXED.size > len(data):
            raise _damaged("its directory ends before its entries do")
        fields = _FIXED.unpack_from(data, position)
        name_size, extra_size, comment_size = fields[10:13]
        start = position + _FIXED.size
        position = start + name_size + extra_size + comment_size
        if fields[0] != _MARK or position > len(data):
            raise _damaged("its directory has no entry where one should be")
        name = data[start : start + name_size]
        extras = dict(_extras(data[start + name_size : start + name_size + extra_size]))
        yield _listed(fields, name, extras)


def _listed(fields: tuple[int, ...], name: bytes, extras: dict[int, bytes]) -> Listed:
    _, _, system, _, flags, method, _, crc, packed_size, size = fields[:10]
    disk, _, attributes, offset = fields[13:]
    size, packed_size, offset, disk = _large(
        extras.get(_ZIP64, b""), size, packed_size, offset, disk
    )
    path = _path(name, flags, extras).replace("\\", "/")
    encryption = ""
    if flags & _ENCRYPTED:
        encryption = "WinZip's AES" if _WINZIP_AES in extras else "ZipCrypto"
    return Listed(
        path=path,
        method=method,
        crc=crc,
        packed_size=packed_size,
        size=size,
        disk=disk,
        offset=offset,
        encryption=encryption,
        folder=path.endswith("/"),
        link=system == _UNIX and attributes >> 16 & _MODE == _LINK_MODE,
    )


def _extras(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The extra fields; what is cut off is left out, as many programs write nonsense here."""
    position = 0
    while position + _EXTRA.size <= len(data):
        kind, size = _EXTRA.unpack_from(data, position)
        position += _EXTRA.size
        yield kind, data[position : position + size]
        position += size


def _large(
    extra: bytes, size: int, packed_size: int, offset: int, disk: int
) -> tuple[int, int, int, int]:
    """The values with those from the ZIP64 field in place of the ones that are not said."""
    position = 0
    found = []
    for value, unsaid, width in (
        (size, _UNSAID, 8),
        (packed_size, _UNSAID, 8),
        (offset, _UNSAID, 8),
        (disk, _UNSAID_DISK, 4),
    ):
        said = value
        if value == unsaid and position + width <= len(extra):
            said = int.from_bytes(extra[position : position + width], "little")
            position += width
        if said > _MAX:
            raise _damaged("an entry has a size that cannot be")
        found.append(said)
    size, packed_size, offset, disk = found
    return size, packed_size, offset, disk


def _path(name: bytes, flags: int, extras: dict[int, bytes]) -> str:
    """The name: UTF-8 where that is said or it can be read so, else code page 437."""
    unicode = extras.get(_UNICODE_PATH, b"")
    if unicode[:1] == b"\x01" and unicode[1:5] == zlib.crc32(name).to_bytes(4, "little"):
        name, flags = unicode[5:], _UTF8
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("utf-8", "replace") if flags & _UTF8 else name.decode("cp437")


def _damaged(detail: str) -> ArchiveError:
    return ArchiveError(ArchiveFault.DAMAGED, detail)
