"""What the methods of 7z coders are called, and which leave bytes as they are."""

from __future__ import annotations

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.sevenzip.streams import Coder, Folder

COPY = b"\x00"
AES = b"\x06\xf1\x07\x01"
LZMA = b"\x03\x01\x01"
LZMA2 = b"\x21"

_PACKERS = {
    LZMA: "LZMA",
    LZMA2: "LZMA2",
    b"\x03\x04\x01": "PPMd",
    b"\x04\x01\x08": "Deflate",
    b"\x04\x01\x09": "Deflate64",
    b"\x04\x02\x02": "BZip2",
    b"\x04\xf7\x11\x01": "Zstandard",
    b"\x04\xf7\x11\x02": "Brotli",
    b"\x04\xf7\x11\x04": "LZ4",
}


def stored(folder: Folder) -> Coder | None:
    """The AES coder of a folder that holds bytes as they are; ``None`` if it has none.

    Raises:
        ArchiveError: COMPRESSED, with the method's name, or UNSUPPORTED.
    """
    for coder in folder.coders:
        if coder.method in _PACKERS:
            raise ArchiveError(ArchiveFault.COMPRESSED, _PACKERS[coder.method])
    if folder.packed_streams > 1:
        raise ArchiveError(ArchiveFault.UNSUPPORTED, "it is made of several streams")
    locks = []
    for coder in folder.coders:
        if coder.method not in {COPY, AES} or not coder.simple:
            name = coder.method.hex(" ")
            raise ArchiveError(ArchiveFault.UNSUPPORTED, f"its method {name} is not known")
        if coder.method == AES:
            locks.append(coder)
    if len(locks) > 1:
        raise ArchiveError(ArchiveFault.UNSUPPORTED, "it is encrypted more than once")
    return locks[0] if locks else None
