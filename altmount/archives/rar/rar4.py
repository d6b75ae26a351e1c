"""The blocks of a RAR4 volume (RAR 1.5 to 4.x).

::

    CRC-16 2 | type 1 | flags 2 | size 2 | [size of the data 4] | ...

after which comes the data; integers are little-endian, and the CRC is the lower half of a
CRC-32. Where the archive header says so, every block after it is encrypted by itself, padded
to 16 bytes, with its salt of 8 bytes before it. Source: technote.txt of RAR 3.93.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from altmount.archives.aes import decrypt, padded
from altmount.archives.model import Volume
from altmount.archives.parser import Parser
from altmount.archives.rar.headers import (
    MAX_BLOCKS,
    Kind,
    Lock4,
    Piece,
    Reach,
    VolumeHeaders,
    damaged,
    enough,
    too_many_blocks,
)
from altmount.archives.rar.keys import KeyRing, wrong_password
from altmount.archives.rar.names import plain_name, unicode_name
from altmount.archives.reading import take
from altmount.ciphers.aes import BLOCK
from altmount.spans import Span

_HEAD = struct.Struct("<HBHH")
_ARCHIVE, _FILE, _SERVICE, _END = 0x73, 0x74, 0x7A, 0x7B
_UNCHECKED = range(0x75, 0x7A)  # blocks of old, whose CRC covers only a part
_SALT_BYTES = 8
_HAS_DATA = 0x8000
_VOLUME, _ENCRYPTED_HEADERS, _FIRST = 0x0001, 0x0080, 0x0100
_CONTINUES, _GOES_ON, _LOCKED, _COMMENT = 0x0001, 0x0002, 0x0004, 0x0008
_FOLDER, _LARGE, _UNICODE, _SALT = 0x00E0, 0x0100, 0x0200, 0x0400
_END_NOT_LAST, _END_CRC, _END_NUMBER = 0x0001, 0x0002, 0x0008
_FILE_FIELDS = struct.Struct("<IIBIIBBHI")
_STORED = 0x30
_UNIX, _LINK_MODE, _MODE = 3, 0xA000, 0xF000
_AES_VERSION = 29
_NO_SIZE = 0xFFFFFFFF
_MAX_SIZE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class _Block:
    kind: int
    flags: int
    body: bytes
    """After the seven bytes that all blocks start with."""

    stop: int
    """Where the header ends, and its data starts."""

    data_size: int


def read_rar4(
    volumes: tuple[Volume, ...], index: int, position: int, ring: KeyRing, reach: Reach
) -> Parser[VolumeHeaders]:
    """Read the headers of a volume, from the end of its marker on.

    Args:
        volumes: The set.
        index: Which volume of it.
        position: Where its first block starts.
        ring: Where its keys come from.
        reach: How far to read.
    """
    volume = volumes[index]
    archive = yield from _block(volumes, index, position, None, unproven=False)
    if archive.kind != _ARCHIVE:
        raise damaged("it does not start with an archive header")
    position = archive.stop + archive.data_size
    multi = bool(archive.flags & _VOLUME)
    locked = ring if archive.flags & _ENCRYPTED_HEADERS else None
    pieces: list[Piece] = []
    number, last = None if multi else 0, None
    unproven = locked is not None
    for blocks in range(MAX_BLOCKS):  # noqa: B007 # how many there were is told below
        if position >= volume.size and not volume.inferred:
            break
        block = yield from _block(volumes, index, position, locked, unproven=unproven)
        unproven = False
        position = block.stop + block.data_size
        if block.kind == _FILE:
            pieces.append(_piece(block, volume))
            position = block.stop + _data_size(block)
            if enough(pieces[-1], reach):
                break
        elif block.kind == _SERVICE:
            position = block.stop + _data_size(block)
        elif block.kind == _END:
            last, number = _end(block, number)
            break
    else:
        raise too_many_blocks("a volume", MAX_BLOCKS)
    first: bool | None = bool(archive.flags & _FIRST) or not multi
    if not first and pieces and not pieces[0].continues:
        first = None  # RAR before 3.0 marks no volume as the first
    return VolumeHeaders(
        format="rar4",
        pieces=tuple(pieces),
        number=0 if first else number,
        first=first,
        last=last,
        blocks=blocks,
        encrypted=locked is not None,
    )


def _block(
    volumes: tuple[Volume, ...], index: int, start: int, locked: KeyRing | None, *, unproven: bool
) -> Parser[_Block]:
    if locked is None:
        head = yield from take(volumes, index, start, _HEAD.size)
        size = _HEAD.unpack(head)[3]
        if size < _HEAD.size:
            raise damaged(f"a header cannot have {size} bytes")
        raw = head + (yield from take(volumes, index, start + _HEAD.size, size - _HEAD.size))
        stop = start + size
    else:
        sealed = yield from take(volumes, index, start, _SALT_BYTES + BLOCK)
        salt, sealed = sealed[:_SALT_BYTES], sealed[_SALT_BYTES:]
        key, iv = yield from locked.rar4(salt)
        size = _HEAD.unpack_from(decrypt(key, iv, sealed))[3]
        if size < _HEAD.size:
            raise wrong_password() if unproven else damaged("a header is damaged")
        begin = start + _SALT_BYTES
        if unproven and begin + padded(size) > volumes[index].size:
            raise wrong_password()
        sealed += yield from take(volumes, index, begin + BLOCK, padded(size) - BLOCK)
        raw, stop = decrypt(key, iv, sealed)[:size], begin + padded(size)
    crc, kind, flags, _ = _HEAD.unpack_from(raw)
    if not _sound(raw, crc, kind, flags):
        raise wrong_password() if unproven else damaged("the checksum of a header is wrong")
    body = raw[_HEAD.size :]
    has_data = flags & _HAS_DATA and len(body) >= 4  # noqa: PLR2004
    return _Block(kind, flags, body, stop, int.from_bytes(body[:4], "little") if has_data else 0)


def _sound(raw: bytes, crc: int, kind: int, flags: int) -> bool:
    if kind in _UNCHECKED:
        return True
    if kind == _FILE and flags & _COMMENT:
        # An old comment lies within the header, and is not counted in.
        raw = raw[: _HEAD.size + _fields_size(raw[_HEAD.size :], flags)]
    elif kind == _ARCHIVE and flags & 0x0002:
        raw = raw[:13]
    return zlib.crc32(raw[2:]) & 0xFFFF == crc


def _fields_size(body: bytes, flags: int) -> int:
    """How many bytes of a file header come before its comment."""
    if len(body) < _FILE_FIELDS.size:
        raise damaged("a file header is too short")
    name_size: int = _FILE_FIELDS.unpack_from(body)[7]
    size = _FILE_FIELDS.size + name_size
    return size + (8 if flags & _LARGE else 0) + (_SALT_BYTES if flags & _SALT else 0)


def _data_size(block: _Block) -> int:
    """The size of the data of a file or a service block."""
    if len(block.body) < _fields_size(block.body, block.flags):
        raise damaged("a file header is too short")
    size = int.from_bytes(block.body[:4], "little")
    if block.flags & _LARGE:
        size |= (
            int.from_bytes(block.body[_FILE_FIELDS.size : _FILE_FIELDS.size + 4], "little") << 32
        )
    if size > _MAX_SIZE:
        raise damaged("an entry has a size that cannot be")
    return size


def _piece(block: _Block, volume: Volume) -> Piece:
    data_size = _data_size(block)
    body, flags = block.body, block.flags
    _, size, system, _, _, version, method, name_size, attributes = _FILE_FIELDS.unpack_from(body)
    start = _FILE_FIELDS.size
    unknown_size = size == _NO_SIZE
    if flags & _LARGE:
        high = int.from_bytes(body[start + 4 : start + 8], "little")
        unknown_size = unknown_size and high == _NO_SIZE
        size |= high << 32
        start += 8
    if size > _MAX_SIZE and not unknown_size:
        raise damaged("an entry has a size that cannot be")
    name = body[start : start + name_size]
    path = (unicode_name(name) if flags & _UNICODE else plain_name(name)).replace("\\", "/")
    if not path:
        raise damaged("an entry has no name")
    stop = block.stop + data_size
    if not volume.inferred:
        stop = min(stop, volume.size)
    lock, unknown = None, ""
    if flags & _LOCKED and version >= _AES_VERSION and flags & _SALT:
        lock = Lock4(body[start + name_size : start + name_size + _SALT_BYTES])
    elif flags & _LOCKED:
        unknown = f"encryption as of RAR {version / 10}"
    kind = Kind.FILE
    if flags & _FOLDER == _FOLDER:
        kind = Kind.FOLDER
    elif system == _UNIX and attributes & _MODE == _LINK_MODE:
        kind = Kind.LINK
    return Piece(
        path=path,
        kind=kind,
        run=Span(block.stop, max(block.stop, stop)),
        size=None if unknown_size else size,
        method="" if method == _STORED else f"method {method - _STORED}",
        continues=bool(flags & _CONTINUES),
        goes_on=bool(flags & _GOES_ON),
        lock=lock,
        unknown=unknown,
    )


def _end(block: _Block, number: int | None) -> tuple[bool, int | None]:
    """Whether it is the last volume, and its number if that is said here."""
    start = 4 if block.flags & _END_CRC else 0
    if block.flags & _END_NUMBER:
        if len(block.body) < start + 2:
            raise damaged("the last header is too short")
        number = int.from_bytes(block.body[start : start + 2], "little")
    return not block.flags & _END_NOT_LAST, number
