"""Unpacks headers, which 7-Zip packs with LZMA and may encrypt."""

from __future__ import annotations

import lzma
import zlib

from altmount.archives.aes import decrypt, padded
from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.joined import Joined
from altmount.archives.parser import Parser
from altmount.archives.sevenzip.fields import damaged
from altmount.archives.sevenzip.keys import KeyRing, read_lock
from altmount.archives.sevenzip.methods import AES, COPY, LZMA, LZMA2
from altmount.archives.sevenzip.streams import Coder, Folder

MAX_HEADER = 8 * 1024 * 1024
"""How large a header may be, packed or not: some 50,000 files."""

_LEAST_DICTIONARY = 4096
_LZMA_PROPERTIES = 5


def read_packed(joined: Joined, base: int, folder: Folder, ring: KeyRing) -> Parser[bytes]:
    """Read what a folder makes, which is a header.

    Raises:
        ArchiveError: Among others WRONG_PASSWORD, if it was encrypted with another.
    """
    if max(folder.size, folder.packed_size) > MAX_HEADER:
        raise ArchiveError(ArchiveFault.TOO_LARGE, f"it has a header of {folder.size:,} bytes")
    if folder.packed_streams > 1:
        raise ArchiveError(ArchiveFault.UNSUPPORTED, "its header is packed in an unknown way")
    data = yield from joined.read(base + folder.start, folder.packed_size)
    locked = False
    for coder in _in_order(folder):
        if coder.method == AES:
            locked = True
            lock = read_lock(coder.properties)
            key = yield from ring.key(lock)
            data = decrypt(key, lock.iv, data[: len(data) - len(data) % padded(1)])
        elif coder.method != COPY:
            data = _unpacked(coder, data, folder.size, locked=locked)
    data = data[: folder.size]
    wrong = folder.crc is not None and zlib.crc32(data) != folder.crc
    if len(data) < folder.size or wrong:
        raise _unreadable(locked=locked)
    return data


def _in_order(folder: Folder) -> tuple[Coder, ...]:
    """The coders from the packed stream on: the one that makes the end result comes last."""
    if not all(coder.simple for coder in folder.coders):
        raise ArchiveError(ArchiveFault.UNSUPPORTED, "its header is packed in an unknown way")
    return folder.coders[::-1] if folder.last == 0 else folder.coders


def _unpacked(coder: Coder, data: bytes, size: int, *, locked: bool) -> bytes:
    """Unpack at most ``size`` bytes, in as much memory as these take."""
    try:
        decoder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[_filter(coder, size)])
        return decoder.decompress(data, max_length=size)
    except (lzma.LZMAError, ValueError, EOFError):
        raise _unreadable(locked=locked) from None


def _filter(coder: Coder, size: int) -> dict[str, int]:
    """How LZMA is to unpack. A dictionary larger than all there is would be of no use."""
    dictionary = max(size, _LEAST_DICTIONARY)
    if coder.method == LZMA2:
        return {"id": lzma.FILTER_LZMA2, "dict_size": dictionary}
    if coder.method != LZMA:
        name = coder.method.hex(" ")
        raise ArchiveError(ArchiveFault.UNSUPPORTED, f"its header is packed with {name}")
    if len(coder.properties) != _LZMA_PROPERTIES:
        raise damaged("its header is packed in a way that cannot be")
    bits = coder.properties[0]
    return {
        "id": lzma.FILTER_LZMA1,
        "dict_size": dictionary,
        "lc": bits % 9,
        "lp": bits // 9 % 5,
        "pb": bits // 45,
    }


def _unreadable(*, locked: bool) -> ArchiveError:
    if locked:
        return ArchiveError(ArchiveFault.WRONG_PASSWORD, "the password is not the right one")
    return damaged("its header does not unpack to what it should")
