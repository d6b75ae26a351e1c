"""What is in a ZIP archive."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.joined import Joined
from altmount.archives.model import Archive, Entry, Volume
from altmount.archives.parser import A_STEP, PAUSE, Parser
from altmount.archives.zip.directory import Listed, read_directory
from altmount.archives.zip.end import End, find_end
from altmount.archives.zip.inflate import MAX_ALL, MAX_SIZE, inflate

MAX_DIRECTORY = 16 * 1024 * 1024
"""How large a directory may be."""

_LOCAL = struct.Struct("<4s22xHH")
_LOCAL_MARK = b"PK\x03\x04"
_SPLIT_MARKS = (b"PK\x07\x08", b"PK00")
_EMPTY_MARK = b"PK\x05\x06"
_PROGRAM = b"MZ"
_STORED, _DEFLATED = 0, 8
_METHODS = {
    1: "Shrink",
    6: "Implode",
    8: "Deflate",
    9: "Deflate64",
    12: "BZip2",
    14: "LZMA",
    93: "Zstandard",
    95: "XZ",
    98: "PPMd",
}


def read_zip(volumes: Sequence[Volume], password: str | None = None) -> Parser[Archive]:
    """Read what is in an archive; volumes are its pieces, in order and complete.

    Those of a ``.z01 … .zip`` set are in this order. Entries are read one by one at their own
    headers, and small ones that are deflated are unpacked. No encryption of ZIP can be read.

    Raises:
        ArchiveError: As :class:`~altmount.archives.errors.ArchiveFault` says.
    """
    del password
    joined = Joined(volumes)
    yield from _marked(joined)
    end = yield from find_end(joined)
    if end.size > MAX_DIRECTORY:
        raise ArchiveError(ArchiveFault.TOO_LARGE, f"it has a directory of {end.size:,} bytes")
    directory = yield from joined.read(end.start, end.size)
    entries: list[Entry] = []
    memory = MAX_ALL
    for number, listed in enumerate(read_directory(directory, end.entries), 1):
        if number % A_STEP == 0:
            yield PAUSE
        if listed.link or not listed.path:
            continue
        entry = yield from _entry(joined, listed, end, memory)
        if listed.method == _DEFLATED and entry.obstacle is not ArchiveFault.COMPRESSED:
            memory -= max(listed.size, listed.packed_size)
        entries.append(entry)
    return Archive(tuple(entries))


def _marked(joined: Joined) -> Parser[None]:
    """Make sure that it starts as an archive does."""
    mark = yield from joined.read(0, min(4, joined.size))
    if not mark.startswith((_LOCAL_MARK, *_SPLIT_MARKS, _EMPTY_MARK, _PROGRAM)):
        raise _no_archive()


def _entry(joined: Joined, listed: Listed, end: End, memory: int) -> Parser[Entry]:
    if listed.folder:
        return Entry(listed.path.rstrip("/"), 0, folder=True)
    try:
        _readable(listed, memory)
        if not listed.size:
            return Entry(listed.path, 0)
        start = yield from _data_start(joined, listed, end)
        if listed.method == _STORED:
            return Entry(listed.path, listed.size, joined.extents(start, listed.size))
        packed = yield from joined.read(start, listed.packed_size)
        content = inflate(packed, listed.size, listed.crc)
        if content is None:
            raise ArchiveError(ArchiveFault.DAMAGED, "it does not unpack to what it should")
    except ArchiveError as error:
        return Entry(listed.path, listed.size, obstacle=error.fault, detail=str(error))
    return Entry(listed.path, listed.size, content=content)


def _readable(listed: Listed, memory: int) -> None:
    """Make sure that an entry is of a kind that can be read.

    Raises:
        ArchiveError: It is packed or encrypted, or its sizes cannot be.
    """
    if listed.encryption:
        raise ArchiveError(ArchiveFault.UNSUPPORTED, f"it is encrypted with {listed.encryption}")
    small = max(listed.size, listed.packed_size) <= min(MAX_SIZE, memory)
    if listed.method != _STORED and not (listed.method == _DEFLATED and small):
        name = _METHODS.get(listed.method, f"method {listed.method}")
        raise ArchiveError(ArchiveFault.COMPRESSED, name)
    if listed.method == _STORED and listed.packed_size != listed.size:
        raise ArchiveError(ArchiveFault.DAMAGED, "it is stored, and yet of another size")


def _data_start(joined: Joined, listed: Listed, end: End) -> Parser[int]:
    """Where the bytes of an entry start, which only its own header says."""
    start = listed.offset + end.shift
    if end.split:
        if listed.disk >= len(joined.volumes):
            raise ArchiveError(ArchiveFault.VOLUMES_MISSING, "its volume is not there")
        start += joined.start_of(listed.disk)
    raw = yield from joined.read(start, _LOCAL.size)
    mark, name_size, extra_size = _LOCAL.unpack(raw)
    if mark != _LOCAL_MARK:
        raise ArchiveError(ArchiveFault.DAMAGED, "its header is not where it should be")
    return start + len(raw) + int(name_size) + int(extra_size)


def _no_archive() -> ArchiveError:
    return ArchiveError(ArchiveFault.NOT_AN_ARCHIVE, "it is no ZIP archive")
