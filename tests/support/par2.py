"""PAR2 indexes, as far as names and hashes of files go."""

from __future__ import annotations

import hashlib
import struct


def par2_index(files, padding=0):
    """The bytes of an index that describes files given as name and content."""
    packets = [
        _packet(
            b"PAR 2.0\0FileDesc",
            hashlib.md5(name.encode()).digest()
            + hashlib.md5(b"").digest()
            + hashlib.md5(bytes(data[:16384])).digest()
            + struct.pack("<Q", len(data))
            + name.encode()
            + bytes(-len(name.encode()) % 4),
        )
        for name, data in files.items()
    ]
    return b"".join([*packets, _packet(b"PAR 2.0\0Creator\0", b"test"), bytes(padding)])


def _packet(kind, body):
    signed = hashlib.md5(b"set").digest() + kind + body
    head = b"PAR2\0PKT" + struct.pack("<Q", 32 + len(signed))
    return head + hashlib.md5(signed).digest() + signed
