"""7z archives of any shape, field by field (7zFormat.txt of the LZMA SDK)."""

from __future__ import annotations

import hashlib
import lzma
import random
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tests.support.rars import aes, pad

COPY, AES, LZMA, LZMA2 = b"\0", b"\x06\xf1\x07\x01", b"\x03\x01\x01", b"\x21"
_LZMA_PROPERTIES = b"\x5d" + struct.pack("<I", 1 << 20)
_LZMA_FILTER = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20, "lc": 3, "lp": 0, "pb": 2}
_LZMA2_FILTER = {"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}


@dataclass(frozen=True)
class File:
    """What to put in."""

    path: str
    data: bytes = b""
    folder: bool = False
    link: bool = False
    anti: bool = False


@dataclass(frozen=True)
class Shape:
    """How to put it in."""

    solid: bool = False  #: all files in one folder, else each in its own
    method: bytes = COPY
    password: str | None = None
    packed_header: bytes | None = LZMA
    encrypted_header: bool = False
    header_crc: bool = True
    log_rounds: int = 5
    salt: bytes = b""
    program: bytes = b""
    volume_size: int | None = None
    seed: int = 0


def number(value: int) -> bytes:
    """A number of variable length."""
    for more in range(8):
        if value < 1 << 7 * (more + 1):
            first = 0xFF << 8 - more & 0xFF | value >> 8 * more
            return bytes((first,)) + (value & (1 << 8 * more) - 1).to_bytes(more, "little")
    return b"\xff" + value.to_bytes(8, "little")


def bits(flags: Iterable[bool]) -> bytes:
    text = "".join("01"[bool(flag)] for flag in flags)
    text += "0" * (-len(text) % 8)
    return bytes(int(text[start : start + 8], 2) for start in range(0, len(text), 8))


def key_of(password: str, salt: bytes, log_rounds: int) -> bytes:
    secret = salt + password.encode("utf-16-le")
    if log_rounds == 0x3F:
        return secret[:32].ljust(32, b"\0")
    digest = hashlib.sha256()
    for counter in range(2**log_rounds):
        digest.update(secret + struct.pack("<Q", counter))
    return digest.digest()


def coder(method: bytes, properties: bytes = b"") -> bytes:
    flags = len(method) | (0x20 if properties else 0)
    return bytes((flags,)) + method + (number(len(properties)) + properties if properties else b"")


class _Packer:
    """Packs streams, and says how."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.random = random.Random(shape.seed)

    def pack(self, data: bytes, method: bytes, *, locked: bool) -> tuple[bytes, bytes, list[int]]:
        """The packed bytes, the folder that describes them, and its coders' sizes."""
        packed, properties = data, b""
        if method == LZMA:
            packed = lzma.compress(data, lzma.FORMAT_RAW, filters=[_LZMA_FILTER])
            properties = _LZMA_PROPERTIES
        elif method == LZMA2:
            packed = lzma.compress(data, lzma.FORMAT_RAW, filters=[_LZMA2_FILTER])
            properties = b"\x18"
        if not locked:
            return packed, number(1) + coder(method, properties), [len(data)]
        salt, iv = self.shape.salt, self.random.randbytes(8)
        first = self.shape.log_rounds | 0x40 | (0x80 if salt else 0)
        sizes = (max(len(salt) - 1, 0) << 4) | len(iv) - 1
        key = key_of(self.shape.password or "", salt, self.shape.log_rounds)
        sealed = aes(key, iv.ljust(16, b"\0"), pad(packed))
        lock = coder(AES, bytes((first, sizes)) + salt + iv)
        # the method's coder comes first, and takes what the AES coder makes
        folder = number(2) + coder(method, properties) + lock + number(0) + number(1)
        return sealed, folder, [len(data), len(packed)]


def _streams(packs, folders, sizes, start, crcs, substreams=b"") -> bytes:
    found = b"\x06" + number(start) + number(len(packs))
    found += b"\x09" + b"".join(number(len(pack)) for pack in packs) + b"\0"
    found += b"\x07\x0b" + number(len(folders)) + b"\0" + b"".join(folders)
    found += b"\x0c" + b"".join(number(size) for own in sizes for size in own)
    if crcs:
        found += b"\x0a\x01" + b"".join(struct.pack("<I", crc) for crc in crcs)
    return found + b"\0" + substreams + b"\0"


def _property(kind: int, content: bytes) -> bytes:
    return bytes((kind,)) + number(len(content)) + content


def _files(files: Sequence[File]) -> bytes:
    found = number(len(files))
    empty = [not file.data for file in files]
    if any(empty):
        found += _property(0x0E, bits(empty))
        without = [file for file in files if not file.data]
        found += _property(0x0F, bits(not file.folder for file in without))
        if any(file.anti for file in without):
            found += _property(0x10, bits(file.anti for file in without))
    found += _property(0x19, bytes(3))
    names = "".join(file.path + "\0" for file in files).encode("utf-16-le")
    found += _property(0x11, b"\0" + names)
    attributes = [(0o120777 << 16 | 0x8000) if file.link else 0x20 for file in files]
    found += _property(0x15, b"\1\0" + b"".join(struct.pack("<I", one) for one in attributes))
    return found + b"\0"


def sevenzip(files: Sequence[File], shape: Shape | None = None, **changes) -> list[bytes]:
    """The pieces of an archive."""
    shape = replace(shape or Shape(), **changes)
    packer = _Packer(shape)
    full = [file for file in files if file.data]
    groups = [full] if shape.solid and full else [[file] for file in full]
    packs, folders, sizes = [], [], []
    for group in groups:
        data = b"".join(file.data for file in group)
        packed, folder, own = packer.pack(data, shape.method, locked=bool(shape.password))
        packs.append(packed)
        folders.append(folder)
        sizes.append(own)
    substreams = b"\x08"
    if shape.solid and full:
        substreams += b"\x0d" + number(len(full))
        substreams += b"\x09" + b"".join(number(len(file.data)) for file in full[:-1])
    crcs = [zlib.crc32(file.data) for file in full]
    substreams += b"\x0a\x01" + b"".join(struct.pack("<I", crc) for crc in crcs) + b"\0"
    header = b"\x01"
    if full:
        header += b"\x04" + _streams(packs, folders, sizes, 0, [], substreams)
    header += b"\x05" + _files(files) + b"\0"
    body = b"".join(packs)
    if shape.packed_header is not None or shape.encrypted_header:
        method = shape.packed_header or COPY
        packed, folder, own = packer.pack(header, method, locked=shape.encrypted_header)
        crc = [zlib.crc32(header)] if shape.header_crc else []
        header = b"\x17" + _streams([packed], [folder], [own], len(body), crc)
        body += packed
    place = struct.pack("<QQI", len(body), len(header), zlib.crc32(header))
    start = b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(place)) + place
    whole = shape.program + start + body + header
    step = shape.volume_size or len(whole)
    return [whole[begin : begin + step] for begin in range(0, len(whole), step)]
