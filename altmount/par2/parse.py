"""The names, sizes and hashes of posted files, out of a PAR2 index.

PAR 2.0 keeps everything in packets, each with a head of 64 bytes (integers little-endian)::

    magic 8 | length 8 | MD5 of all that follows 16 | set id 16 | type 16 | body ...

    body of FileDesc    file id 16 | MD5 16 | MD5 of the first 16 KiB 16 | length 8 | name ...
    body of UniFileN    file id 16 | name in UTF-16 ...

Packets may lie anywhere, more than once, between damage. Source: "Parity Volume Set
Specification 2.0".
"""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass, replace

HASHED_BYTES = 16 * 1024
"""How many bytes of a file's start go into the hash that a PAR2 index knows it by."""

MAX_DESCRIPTIONS = 32_768
"""How many descriptions are taken; PAR2 knows no larger sets."""

MAX_DAMAGED = 1_000
"""How many packets with a wrong hash are looked at before the rest is given up."""

_MAGIC = b"PAR2\0PKT"
_FIND_MAGIC = re.compile(re.escape(_MAGIC))
_HEAD = struct.Struct("<8sQ16s16s16s")
_DESCRIPTION = b"PAR 2.0\0FileDesc"
_UNICODE_NAME = b"PAR 2.0\0UniFileN"
_DESCRIPTION_BODY = struct.Struct("<16s16s16sQ")
_FILE_ID_BYTES = 16
_HASHED_FROM = 32
_MAX_NAME_BYTES = 64 * 1024
_MAX_LENGTH = _HEAD.size + _DESCRIPTION_BODY.size + _MAX_NAME_BYTES
_MAX_SIZE = 2**63 - 1
_LENGTH_UNIT = 4
_PADDING = "".join(map(chr, range(0x20)))

_Key = tuple[bytes, bytes]
"""Set id and file id."""


@dataclass(frozen=True, slots=True)
class Par2File:
    """A file that a PAR2 set protects."""

    name: str
    """As its poster calls it: hostile text, and no path yet."""

    size: int
    """In bytes."""

    hash16k: bytes
    """MD5 of its first 16 KiB, or of all of it where it is shorter; see :func:`hash16k`."""


def hash16k(first_bytes: bytes | bytearray | memoryview) -> bytes:
    """The hash that a PAR2 index knows a file by.

    Args:
        first_bytes: The file's first 16,384 bytes or more; all of it where it is shorter.
    """
    start = memoryview(first_bytes)[:HASHED_BYTES]
    return hashlib.md5(start, usedforsecurity=False).digest()


def parse_par2(data: bytes | memoryview) -> tuple[Par2File, ...]:
    """The files that a PAR2 index describes, each once, in its order.

    Damaged and unfinished packets are passed over; where there is nothing but garbage, there
    are no files. Of several descriptions of the same file the first counts.
    """
    view = memoryview(data).cast("B")
    described: dict[_Key, Par2File] = {}
    renamed: dict[_Key, str] = {}
    damaged = position = 0
    while damaged < MAX_DAMAGED and len(described) < MAX_DESCRIPTIONS:
        found = _FIND_MAGIC.search(view, position)
        if found is None or found.start() + _HEAD.size > len(view):
            break
        start = found.start()
        position = start + len(_MAGIC)
        _, length, digest, set_id, kind = _HEAD.unpack_from(view, start)
        if kind not in (_DESCRIPTION, _UNICODE_NAME) or not _plausible(length, len(view) - start):
            continue  # of no interest, and its length not yet to be believed
        packet = view[start : start + length]
        if hashlib.md5(packet[_HASHED_FROM:], usedforsecurity=False).digest() != digest:
            damaged += 1
            continue
        position = start + length
        body = bytes(packet[_HEAD.size :])
        key = set_id, body[:_FILE_ID_BYTES]
        if kind == _UNICODE_NAME:
            renamed.setdefault(key, _unicode_name(body[_FILE_ID_BYTES:]))
        elif (file := _described(body)) is not None:
            described.setdefault(key, file)
    named = (replace(file, name=renamed.get(key) or file.name) for key, file in described.items())
    return tuple(dict.fromkeys(named))


def _plausible(length: int, left: int) -> bool:
    return _HEAD.size <= length <= min(left, _MAX_LENGTH) and length % _LENGTH_UNIT == 0


def _described(body: bytes) -> Par2File | None:
    if len(body) < _DESCRIPTION_BODY.size:
        return None
    _, _, start_hash, size = _DESCRIPTION_BODY.unpack_from(body)
    name = _name(body[_DESCRIPTION_BODY.size :])
    return Par2File(name, size, start_hash) if name and size <= _MAX_SIZE else None


def _name(raw: bytes) -> str:
    """ASCII by the book; in truth whatever the poster's system uses, most often UTF-8."""
    raw = raw.rstrip(b"\0")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("windows-1252", "replace")
    return text.rstrip(_PADDING)


def _unicode_name(raw: bytes) -> str:
    return raw.decode("utf-16-le", "replace").rstrip(_PADDING)
