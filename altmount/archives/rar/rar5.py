"""The blocks of a RAR5 volume.

::

    CRC-32 4 | size | type | flags | [size of the extra area] | [size of the data] | ... | extra

after which comes the data; ``size`` counts from the type to the end of the extra area, numbers
are of variable length (:mod:`altmount.archives.rar.vint`). After an encryption block each block
is encrypted by itself, padded to 16 bytes, with its IV of 16 bytes before it. Source: "RAR 5.0
archive format", rarlab.com/technote.htm.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from altmount.archives.aes import decrypt, padded
from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import Volume
from altmount.archives.parser import Parser
from altmount.archives.rar.headers import (
    MAX_BLOCKS,
    Kind,
    Lock5,
    Piece,
    Reach,
    VolumeHeaders,
    damaged,
    enough,
    too_many_blocks,
)
from altmount.archives.rar.keys import (
    CHECK_BYTES,
    KeyRing,
    Salt5,
    sound_check,
    wrong_password,
)
from altmount.archives.rar.vint import Fields
from altmount.archives.reading import take
from altmount.ciphers.aes import BLOCK
from altmount.spans import Span

MAX_HEADER = 256 * 1024
"""How large a header may be; the largest sound ones are a name and a few dozen bytes."""

_CRC_BYTES = 4
_SIZE_BYTES = 3  # of the number of variable length that is a header's size, at most
_MAIN, _FILE, _, _ENCRYPTION, _END = range(1, 6)
_EXTRA, _DATA, _CONTINUES, _GOES_ON = 0x01, 0x02, 0x08, 0x10
_VOLUME, _NUMBERED = 0x01, 0x02
_FOLDER, _MTIME, _CRC, _SIZE_UNKNOWN = 0x01, 0x02, 0x04, 0x08
_HAS_CHECK = 0x01
_NOT_LAST = 0x01
_RECORD_ENCRYPTION, _RECORD_REDIRECTION = 1, 5
_HARD_LINK, _FILE_COPY = 4, 5
_MAX_SIZE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class _Block:
    kind: int
    flags: int
    fields: Fields
    extra: bytes
    data: Span

    @property
    def continues(self) -> bool:
        return bool(self.flags & _CONTINUES)

    @property
    def goes_on(self) -> bool:
        return bool(self.flags & _GOES_ON)


def read_rar5(
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
    key: bytes | None = None
    pieces: list[Piece] = []
    number, number_bytes, last = None, 0, None
    first_in_key = False
    for blocks in range(MAX_BLOCKS):  # noqa: B007 # how many there were is told below
        if position >= volume.size and not volume.inferred:
            break
        block = yield from _block(volumes, index, position, key, unproven=first_in_key)
        first_in_key = False
        position = block.data.stop
        if block.kind == _ENCRYPTION:
            if key is not None:
                raise damaged("its headers are encrypted twice")
            salt, first_in_key = _header_salt(block.fields)
            key = yield from ring.rar5(salt)
        elif block.kind == _MAIN:
            number, number_bytes = _number(block.fields)
        elif block.kind == _FILE:
            pieces.append(_piece(block, volume))
            if enough(pieces[-1], reach):
                break
        elif block.kind == _END:
            last = not block.fields.number() & _NOT_LAST
            break
    else:
        raise too_many_blocks("a volume", MAX_BLOCKS)
    return VolumeHeaders(
        format="rar5",
        pieces=tuple(pieces),
        number=number,
        first=None if number is None else number == 0,
        last=last,
        number_bytes=number_bytes,
        blocks=blocks,
        encrypted=key is not None,
    )


def _block(
    volumes: tuple[Volume, ...], index: int, start: int, key: bytes | None, *, unproven: bool
) -> Parser[_Block]:
    if key is None:
        head = yield from take(volumes, index, start, _CRC_BYTES + _SIZE_BYTES)
        size = _whole_size(head)
        rest = yield from take(volumes, index, start + len(head), max(0, size - len(head)))
        raw, stop = (head + rest)[:size], start + size
    else:
        locked = yield from take(volumes, index, start, 2 * BLOCK)
        iv, locked = locked[:BLOCK], locked[BLOCK:]
        try:
            size = _whole_size(decrypt(key, iv, locked))
        except ArchiveError:
            raise wrong_password() if unproven else damaged("a header is damaged") from None
        more = padded(size) - BLOCK
        if unproven and start + 2 * BLOCK + more > volumes[index].size:
            raise wrong_password()
        locked += yield from take(volumes, index, start + 2 * BLOCK, more)
        raw, stop = decrypt(key, iv, locked)[:size], start + BLOCK + padded(size)
    if zlib.crc32(raw[_CRC_BYTES:]) != int.from_bytes(raw[:_CRC_BYTES], "little"):
        raise wrong_password() if unproven else damaged("the checksum of a header is wrong")
    return _parsed(raw, stop)


def _whole_size(head: bytes) -> int:
    fields = Fields(head[_CRC_BYTES : _CRC_BYTES + _SIZE_BYTES])
    size = fields.number()
    if not 0 < size <= MAX_HEADER:
        raise damaged(f"a header cannot have {size:,} bytes")
    return _CRC_BYTES + fields.position + size


def _parsed(raw: bytes, stop: int) -> _Block:
    fields = Fields(raw[_CRC_BYTES:])
    fields.number()
    kind, flags = fields.number(), fields.number()
    extra_size = fields.number() if flags & _EXTRA else 0
    data_size = fields.number() if flags & _DATA else 0
    if extra_size > len(fields) or data_size > _MAX_SIZE:
        raise damaged("a part of a header is larger than the whole")
    extra = raw[len(raw) - extra_size :]
    own = fields.fixed(len(fields) - extra_size)
    return _Block(kind, flags, Fields(own), extra, Span(stop, stop + data_size))


def _header_salt(fields: Fields) -> tuple[Salt5, bool]:
    """The salt, and whether the password is still unproven when its key is made."""
    version, flags = fields.number(), fields.number()
    if version:
        raise ArchiveError(ArchiveFault.UNSUPPORTED, "its headers are encrypted in an unknown way")
    salt = _salt(fields, has_check=bool(flags & _HAS_CHECK))
    return salt, salt.check is None


def _salt(fields: Fields, *, has_check: bool) -> Salt5:
    log_rounds, salt = fields.little(1), fields.fixed(16)
    check = sound_check(fields.fixed(CHECK_BYTES + 4)) if has_check else None
    return Salt5(log_rounds, salt, check)


def _number(fields: Fields) -> tuple[int, int]:
    """The volume's number, which the first one does not say, and how many bytes it takes."""
    flags = fields.number()
    if not flags & _VOLUME or not flags & _NUMBERED:
        return 0, 0
    start = fields.position
    number = fields.number()
    return number, fields.position - start


def _piece(block: _Block, volume: Volume) -> Piece:
    fields = block.fields
    flags, size = fields.number(), fields.number()
    fields.number()  # attributes
    fields.fixed((4 if flags & _MTIME else 0) + (4 if flags & _CRC else 0))
    packing = fields.number()
    fields.number()  # the operating system
    path = fields.fixed(fields.number()).decode("utf-8", "replace")
    if not path or size > _MAX_SIZE:
        raise damaged("an entry has no name, or a size that cannot be")
    method = packing >> 7 & 7
    kind = Kind.FOLDER if flags & _FOLDER else Kind.FILE
    lock, unknown, target = None, "", ""
    for record, content in _records(block.extra):
        if record == _RECORD_ENCRYPTION:
            lock, unknown = _lock(content)
        elif record == _RECORD_REDIRECTION and kind is Kind.FILE:
            kind, target = _redirection(content)
    stop = block.data.stop if volume.inferred else min(block.data.stop, volume.size)
    return Piece(
        path=path,
        kind=kind,
        run=Span(block.data.start, max(block.data.start, stop)),
        size=None if flags & _SIZE_UNKNOWN else size,
        method=f"method {method}" if method else "",
        continues=block.continues,
        goes_on=block.goes_on,
        lock=lock,
        unknown=unknown,
        target=target,
    )


def _records(extra: bytes) -> list[tuple[int, Fields]]:
    fields, found = Fields(extra), []
    while len(fields):
        record = Fields(fields.fixed(fields.number()))
        found.append((record.number(), record))
    return found


def _lock(fields: Fields) -> tuple[Lock5 | None, str]:
    version, flags = fields.number(), fields.number()
    if version:
        return None, f"encryption of version {version}"
    log_rounds, salt, iv = fields.little(1), fields.fixed(16), fields.fixed(BLOCK)
    check = sound_check(fields.fixed(CHECK_BYTES + 4)) if flags & _HAS_CHECK else None
    return Lock5(Salt5(log_rounds, salt, check), iv), ""


def _redirection(fields: Fields) -> tuple[Kind, str]:
    how, _ = fields.number(), fields.number()
    if how not in (_HARD_LINK, _FILE_COPY):
        return Kind.LINK, ""
    return Kind.COPY, fields.fixed(fields.number()).decode("utf-8", "replace")
