"""PAR2 indexes of any shape, packet by packet ("Parity Volume Set Specification 2.0")."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Mapping
from itertools import chain

SET_ID = bytes(range(16))
MAIN = b"PAR 2.0\0Main\0\0\0\0"
CREATOR = b"PAR 2.0\0Creator\0"
DESCRIPTION = b"PAR 2.0\0FileDesc"
CHECKSUMS = b"PAR 2.0\0IFSC\0\0\0\0"
UNICODE_NAME = b"PAR 2.0\0UniFileN"


def packet(kind: bytes, body: bytes, set_id: bytes = SET_ID) -> bytes:
    """A packet with a right hash."""
    body += bytes(-len(body) % 4)
    hashed = set_id + kind + body
    head = b"PAR2\0PKT" + struct.pack("<Q", 32 + len(hashed))
    return head + hashlib.md5(hashed).digest() + hashed


def file_id(name: bytes, size: int, start_hash: bytes) -> bytes:
    return hashlib.md5(start_hash + struct.pack("<Q", size) + name).digest()


def description(name: bytes, content: bytes, set_id: bytes = SET_ID) -> bytes:
    """The packet that describes a file."""
    return described(name, len(content), hashlib.md5(content[:16384]).digest(), content, set_id)


def described(
    name: bytes, size: int, start_hash: bytes, content: bytes = b"", set_id: bytes = SET_ID
) -> bytes:
    """The packet that describes a file of which no more is known than this."""
    body = file_id(name, size, start_hash) + hashlib.md5(content).digest() + start_hash
    return packet(DESCRIPTION, body + struct.pack("<Q", size) + name, set_id)


def unicode_name(ascii_name: bytes, content: bytes, name: str) -> bytes:
    """The packet that gives a described file a name in Unicode."""
    known = file_id(ascii_name, len(content), hashlib.md5(content[:16384]).digest())
    return packet(UNICODE_NAME, known + name.encode("utf-16-le"))


def par2_index(files: Mapping[str, bytes], *, slice_size: int = 65536) -> bytes:
    """The index that a PAR2 program would write for files of these contents."""
    files = {name: bytes(content[:]) for name, content in files.items()}
    descriptions = {
        file_id(name.encode(), len(content), hashlib.md5(content[:16384]).digest()): (
            description(name.encode(), content),
            packet(CHECKSUMS, _checksums(name.encode(), content, slice_size)),
        )
        for name, content in files.items()
    }
    ids = sorted(descriptions)
    main = packet(MAIN, struct.pack("<QI", slice_size, len(ids)) + b"".join(ids))
    return b"".join((main, *chain.from_iterable(descriptions.values()), packet(CREATOR, b"tests")))


def _checksums(name: bytes, content: bytes, slice_size: int) -> bytes:
    known = file_id(name, len(content), hashlib.md5(content[:16384]).digest())
    slices = (content[start : start + slice_size] for start in range(0, len(content), slice_size))
    padded = (piece.ljust(slice_size, b"\0") for piece in slices)
    return known + b"".join(
        hashlib.md5(piece).digest() + struct.pack("<I", zlib.crc32(piece)) for piece in padded
    )
