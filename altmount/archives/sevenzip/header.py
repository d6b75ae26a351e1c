"""Finds the header of a 7z archive and reads it, packed and encrypted or not.

::

    0    signature 6 | version 2 | CRC 4 | offset of the header 8 | its size 8 | its CRC 4
    32   packed streams ...                             (offsets are counted from here)
    end  header, or how to unpack it out of one of the packed streams

Source: 7zFormat.txt of the LZMA SDK.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import NamedTuple

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.joined import Joined
from altmount.archives.parser import Parser
from altmount.archives.sevenzip.fields import Fields, damaged, sections
from altmount.archives.sevenzip.files import File, read_files
from altmount.archives.sevenzip.keys import KeyRing
from altmount.archives.sevenzip.methods import AES
from altmount.archives.sevenzip.streams import ARCHIVE_PROPERTIES, END, Folder, read_streams
from altmount.archives.sevenzip.unpack import MAX_HEADER, read_packed

SIGNATURE = b"7z\xbc\xaf\x27\x1c"

MAX_PROGRAM = 1024 * 1024
"""How far into a program its archive is looked for."""

MAX_LAYERS = 4
"""How many times a header may be packed."""

_START = struct.Struct("<6sBBI")
_PLACE = struct.Struct("<QQI")
_START_BYTES = _START.size + _PLACE.size
_HEADER, _ADDITIONAL, _MAIN, _FILES, _ENCODED = 0x01, 0x03, 0x04, 0x05, 0x17
_PROGRAMS = (b"MZ", b"\x7fELF")


class Start(NamedTuple):
    """Where the header is."""

    base: int
    """Where offsets are counted from."""

    offset: int
    size: int
    crc: int


@dataclass(frozen=True, slots=True)
class Header:
    """What it says."""

    folders: list[Folder]
    files: list[File]
    proven: bool
    """Whether the password has opened the header."""


def read_start(joined: Joined) -> Parser[Start]:
    """Read where the header is.

    Raises:
        ArchiveError: NOT_AN_ARCHIVE, TRUNCATED, DAMAGED or UNSUPPORTED.
    """
    base = 0
    head = yield from joined.read(0, min(_START_BYTES, joined.size))
    if head.startswith(_PROGRAMS):
        program = yield from joined.read(0, min(MAX_PROGRAM, joined.size))
        base = max(0, program.find(SIGNATURE))
        head = program[base : base + _START_BYTES]
    if not head.startswith(SIGNATURE):
        raise ArchiveError(ArchiveFault.NOT_AN_ARCHIVE, "it is no 7z archive")
    if len(head) < _START_BYTES:
        raise ArchiveError(ArchiveFault.TRUNCATED, "it ends within its first header")
    _, major, _, crc = _START.unpack_from(head)
    place = head[_START.size :]
    if major:
        raise ArchiveError(ArchiveFault.UNSUPPORTED, f"it is of version {major} of 7z")
    if zlib.crc32(place) != crc:
        raise damaged("the checksum of its first header is wrong")
    offset, size, header_crc = _PLACE.unpack(place)
    return Start(base + _START_BYTES, offset, size, header_crc)


def read_header(joined: Joined, start: Start, ring: KeyRing) -> Parser[Header]:
    """Read the header, which it takes one request for, or two where it is packed.

    Raises:
        ArchiveError: As :class:`~altmount.archives.errors.ArchiveFault` says.
    """
    if start.size > MAX_HEADER:
        raise ArchiveError(ArchiveFault.TOO_LARGE, f"it has a header of {start.size:,} bytes")
    if not start.size:
        return Header([], [], proven=False)
    raw = yield from joined.read(start.base + start.offset, start.size)
    if zlib.crc32(raw) != start.crc:
        raise damaged("the checksum of its header is wrong")
    proven = False
    for _ in range(MAX_LAYERS):
        fields = Fields(raw)
        kind = fields.byte()
        if kind == _HEADER:
            return (yield from _parsed(fields, proven=proven))
        if kind != _ENCODED:
            break
        folders = yield from read_streams(fields)
        if len(folders) != 1:
            raise ArchiveError(ArchiveFault.UNSUPPORTED, "its header is packed in an unknown way")
        raw = yield from read_packed(joined, start.base, folders[0], ring)
        proven = proven or _locked(folders[0])
    raise damaged("its header is of no known kind")


def _locked(folder: Folder) -> bool:
    """Whether what it makes proves a password right."""
    return folder.crc is not None and any(coder.method == AES for coder in folder.coders)


def _parsed(fields: Fields, *, proven: bool) -> Parser[Header]:
    folders: list[Folder] = []
    files: list[File] = []
    for section in sections(fields, END):
        if section == ARCHIVE_PROPERTIES:
            for _ in sections(fields, END):
                fields.fixed(fields.number())
        elif section == _ADDITIONAL:
            yield from read_streams(fields)
        elif section == _MAIN:
            folders = yield from read_streams(fields)
        elif section == _FILES:
            files = yield from read_files(fields)
        else:
            raise damaged(f"its header has an unknown section {section:#x}")
    return Header(folders, files, proven)
