"""The NZBs in what was handed in: an NZB, one packed by bzip2, or a zip of several."""

from __future__ import annotations

import bz2
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from altmount.nzb.errors import NzbError, NzbFault

MOST_NZBS = 100
"""How many NZBs are taken out of one zip."""

_ZIPS, _BZIP2 = (b"PK\x03\x04", b"PK\x05\x06"), b"BZh"
_SUFFIXES = (".nzb", ".nzb.gz", ".nzb.bz2")
_MOST_MEMBERS = 10_000
_ENCRYPTED = 0x1
# LZMA would let the zip say how much memory is taken.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2})


@dataclass(frozen=True, slots=True)
class Found:
    """An NZB, as it is or gzipped, and what it is called."""

    name: str
    data: bytes = field(repr=False)


def nzbs_in(name: str, data: bytes, max_bytes: int) -> list[Found]:
    """The NZBs in a file that is called ``name``; what it holds says what it is, not its name.

    Anything that is not a zip or packed by bzip2 is taken for an NZB.

    Raises:
        NzbError: A zip has no NZB in it, or more than it may, or cannot be read; or what was found
            has more than ``max_bytes`` in all.
    """
    if data.startswith(_ZIPS):
        return _of_zip(data, max_bytes)
    return [Found(name, _unpacked(data, max_bytes))]


def _of_zip(data: bytes, max_bytes: int) -> list[Found]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = list(_members(archive, max_bytes))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
        raise NzbError(NzbFault.MALFORMED, f"The zip cannot be read: {error}.") from None
    if not found:
        raise NzbError(NzbFault.EMPTY, "The zip has no NZB in it.")
    return found


def _members(archive: zipfile.ZipFile, max_bytes: int) -> Iterator[Found]:
    members = archive.infolist()
    nzbs = [member for member in members if member.filename.lower().endswith(_SUFFIXES)]
    if len(members) > _MOST_MEMBERS or len(nzbs) > MOST_NZBS:
        raise NzbError(NzbFault.TOO_LARGE, f"The zip has more than {MOST_NZBS} NZBs in it.")
    left = max_bytes
    for member in nzbs:
        if member.flag_bits & _ENCRYPTED or member.compress_type not in _METHODS:
            raise NzbError(
                NzbFault.MALFORMED, "The zip is encrypted or packed in a rare way; unpack it."
            )
        with archive.open(member) as file:
            data = file.read(left + 1)
        if len(data) > left:
            raise _too_large(max_bytes)
        data = _unpacked(data, left)
        left -= len(data)
        yield Found(member.filename, data)


def _unpacked(data: bytes, max_bytes: int) -> bytes:
    if not data.startswith(_BZIP2):
        return data
    unpacker = bz2.BZ2Decompressor()
    try:
        unpacked = unpacker.decompress(data, max_bytes + 1)
    except (OSError, ValueError):
        raise NzbError(NzbFault.MALFORMED, "The bzip2 file is damaged.") from None
    if len(unpacked) > max_bytes:
        raise _too_large(max_bytes)
    return unpacked


def _too_large(max_bytes: int) -> NzbError:
    said = f"It unpacks to more than {max_bytes:,} bytes, which is more than NZBs may have."
    return NzbError(NzbFault.TOO_LARGE, said)
