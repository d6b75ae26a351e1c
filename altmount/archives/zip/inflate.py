"""Unpacks small entries, which are then served from memory."""

from __future__ import annotations

import zlib

MAX_SIZE = 4 * 1024 * 1024
"""How large an entry may be, unpacked: subtitles and texts are, films are not."""

MAX_ALL = 16 * 1024 * 1024
"""How large all such entries of an archive may be together."""


def inflate(data: bytes, size: int, crc: int) -> bytes | None:
    """The ``size`` bytes that were deflated; ``None`` if these are not they."""
    try:
        content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, size + 1)
    except zlib.error:
        return None
    return content if len(content) == size and zlib.crc32(content) == crc else None
