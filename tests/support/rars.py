"""RAR sets of any shape, RAR4 and RAR5, block by block.

Nothing is packed: an entry with a ``method`` only says that it is. Sources: technote.txt of
RAR 3.93, and "RAR 5.0 archive format" (rarlab.com/technote.htm).
"""

from __future__ import annotations

import abc
import hashlib
import random
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

MARKER4 = b"Rar!\x1a\x07\x00"
MARKER5 = b"Rar!\x1a\x07\x01\x00"


@dataclass(frozen=True)
class File:
    """What to put in."""

    path: str
    data: bytes = b""
    method: int = 0
    folder: bool = False
    link: str | None = None
    copy_of: str | None = None
    size_unknown: bool = False
    plain: bool = False  #: not encrypted, though there is a password
    password: str | None = None  #: its own, in place of that of the set


@dataclass(frozen=True)
class Shape:
    """How to put it in."""

    volume_size: int | None = None
    password: str | None = None
    encrypted_headers: bool = False
    check: bool = True  #: RAR5: whether passwords can be checked
    log_rounds: int = 3
    recovery: int = 0  #: bytes of a recovery record in each volume
    quick_open: int = 0  #: bytes of a service block before the end
    comment: bytes = b""
    program: bytes = b""  #: an unpacking program before the first volume
    end: bool = True  #: whether there is an end block
    numbered_end: bool = True  #: RAR4: whether the end block has the volume's number
    number_bytes: int = 1  #: RAR5: the least bytes a volume's number takes
    seed: int = 0


def pad(data: bytes) -> bytes:
    return data + bytes(-len(data) % 16)


def aes(key: bytes, iv: bytes, data: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def vint(value: int, size: int = 1) -> bytes:
    found = bytearray()
    while value or len(found) < size:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found[-1] &= 0x7F
    return bytes(found)


def block5(kind: int, flags: int, fields: bytes, data_size: int | None = None, extra=b"") -> bytes:
    """A header of RAR5."""
    if extra:
        flags |= 1
    if data_size is not None:
        flags |= 2
    body = vint(kind) + vint(flags)
    body += vint(len(extra)) if extra else b""
    body += vint(data_size, 5) if data_size is not None else b""
    body += fields + extra
    body = vint(len(body)) + body
    return struct.pack("<I", zlib.crc32(body)) + body


def record5(kind: int, content: bytes) -> bytes:
    """A record of an extra area."""
    body = vint(kind) + content
    return vint(len(body)) + body


def block4(kind: int, flags: int, fields: bytes) -> bytes:
    """A header of RAR4."""
    body = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
    return struct.pack("<H", zlib.crc32(body) & 0xFFFF) + body


def unicode4(name: str) -> bytes:
    """A name of RAR4 with its Unicode part, which uses all four ways of making a character."""
    plain = "".join(letter if ord(letter) < 128 else "_" for letter in name).encode()
    wide = name.encode("utf-16-le")
    units = [wide[i : i + 2] for i in range(0, len(wide), 2)]
    top = next((unit[1] for unit in units if unit[1]), 0)
    groups: list[tuple[int, bytes]] = []
    position = 0
    while position < len(units):
        run = 0
        while (
            position + run < min(len(units), len(plain))
            and run < 100
            and units[position + run] == bytes((plain[position + run], 0))
        ):
            run += 1
        unit = units[position]
        if run >= 2:
            groups.append((3, bytes((run - 2,))))
            position += run
            continue
        if unit[1] == 0:
            groups.append((0, unit[:1]))
        elif unit[1] == top:
            groups.append((1, unit[:1]))
        else:
            groups.append((2, unit))
        position += 1
    coded = bytearray((top,))
    for start in range(0, len(groups), 4):
        four = groups[start : start + 4]
        hints = sum(how << 6 - 2 * index for index, (how, _) in enumerate(four))
        coded.append(hints)
        coded += b"".join(data for _, data in four)
    return plain + b"\0" + bytes(coded)


class _Keys5:
    def __init__(self, shape: Shape, salt: bytes) -> None:
        secret = (shape.password or "").encode()
        rounds = 2**shape.log_rounds
        self.salt = salt
        self.key = hashlib.pbkdf2_hmac("sha256", secret, salt, rounds)
        value = hashlib.pbkdf2_hmac("sha256", secret, salt, rounds + 32)
        check = bytes(value[i] ^ value[i + 8] ^ value[i + 16] ^ value[i + 24] for i in range(8))
        self.check = check + hashlib.sha256(check).digest()[:4] if shape.check else b""

    @property
    def flags(self) -> bytes:
        return vint(1 if self.check else 0)


def _keys4(password: str, salt: bytes) -> tuple[bytes, bytes]:
    import sabctools

    key, iv = sabctools.rarfile_rar3_s2k(password, salt)
    return bytes(key), bytes(iv)


class _Set(abc.ABC):
    """Fills volumes with headers and data."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.random = random.Random(shape.seed)
        self.volumes: list[bytes] = []
        self.current = b""

    def write(self, files: Iterable[File]) -> list[bytes]:
        self.current = self.shape.program + self.start(0)
        for file in files:
            self._file(file)
        self._finish(last=True)
        return self.volumes

    def _file(self, file: File) -> None:
        locked = bool(self.shape.password) and not file.plain and bool(file.data)
        packed, lock = self.lock(file) if locked else (file.data, b"")
        position, continues = 0, False
        while True:
            left = len(packed) - position
            fits = left
            if self.shape.volume_size is not None:
                used = len(self.current) + len(self.seal(self.head(file, 0, lock)))
                room = self.shape.volume_size - used - len(self.tail(last=False))
                if room < min(left, 1) or room < 0:
                    assert position or self.current != self.start(len(self.volumes)), "no room"
                    if not position:
                        self._finish(last=False)
                        continue
                fits = min(left, max(room, 0))
            goes_on = fits < left
            flags = (1 if continues else 0) | (2 if goes_on else 0)
            piece = packed[position : position + fits]
            self.current += self.seal(self.head(file, flags, lock, piece)) + piece
            position += fits
            if not goes_on:
                return
            continues = True
            self._finish(last=False)

    def _finish(self, *, last: bool) -> None:
        self.volumes.append(self.current + self.tail(last=last))
        self.current = b"" if last else self.start(len(self.volumes))

    @abc.abstractmethod
    def start(self, number: int) -> bytes: ...

    @abc.abstractmethod
    def tail(self, *, last: bool) -> bytes: ...

    @abc.abstractmethod
    def head(self, file: File, flags: int, lock: bytes, piece: bytes = b"") -> bytes: ...

    @abc.abstractmethod
    def lock(self, file: File) -> tuple[bytes, bytes]: ...

    @abc.abstractmethod
    def seal(self, header: bytes) -> bytes: ...


class _Set5(_Set):
    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self.keys = _Keys5(shape, self.random.randbytes(16))

    def seal(self, header: bytes) -> bytes:
        if not self.shape.encrypted_headers:
            return header
        iv = hashlib.md5(header).digest()
        return iv + aes(self.keys.key, iv, pad(header))

    def start(self, number: int) -> bytes:
        shape, keys = self.shape, self.keys
        found = MARKER5
        if shape.encrypted_headers:
            fields = vint(0) + keys.flags + bytes((shape.log_rounds,)) + keys.salt + keys.check
            found += block5(4, 0, fields)
        if shape.volume_size is None:
            fields = vint(0)
        elif number:
            fields = vint(3) + vint(number, shape.number_bytes)
        else:
            fields = vint(1)
        found += self.seal(block5(1, 0, fields, extra=record5(1, b"\1\1\x80\0")))
        if shape.comment and not number:
            found += self.seal(self._service("CMT", len(shape.comment))) + shape.comment
        return found

    def tail(self, *, last: bool) -> bytes:
        found = b""
        for name, size in (("RR", self.shape.recovery), ("QO", self.shape.quick_open * last)):
            if size:
                found += self.seal(self._service(name, size)) + bytes(size)
        if self.shape.end:
            found += self.seal(block5(5, 4, vint(0 if last else 1)))
        return found

    def _service(self, name: str, size: int) -> bytes:
        fields = vint(0) + vint(size) + vint(0) + vint(0) + vint(0)
        return block5(3, 4, fields + vint(len(name)) + name.encode(), size)

    def lock(self, file: File) -> tuple[bytes, bytes]:
        iv, keys = self.random.randbytes(16), self.keys
        if file.password is not None:
            own = replace(self.shape, password=file.password)
            keys = _Keys5(own, self.random.randbytes(16))
        content = vint(0) + keys.flags + bytes((self.shape.log_rounds,)) + keys.salt
        return aes(keys.key, iv, pad(file.data)), record5(1, content + iv + keys.check)

    def head(self, file: File, flags: int, lock: bytes, piece: bytes = b"") -> bytes:
        extra = lock
        if file.link is not None:
            extra += record5(5, vint(1) + vint(0) + vint(len(file.link)) + file.link.encode())
        if file.copy_of is not None:
            target = file.copy_of.encode()
            extra += record5(5, vint(5) + vint(0) + vint(len(target)) + target)
        extra += record5(3, vint(3) + struct.pack("<I", 1_700_000_000))
        kind = 6 | (1 if file.folder else 0) | (8 if file.size_unknown else 0)
        fields = vint(kind) + vint(0 if file.size_unknown else len(file.data)) + vint(0o644)
        fields += struct.pack("<II", 1_700_000_000, zlib.crc32(file.data))
        name = file.path.encode()
        fields += vint(file.method << 7) + vint(1) + vint(len(name)) + name
        data_size = None if file.folder else len(piece)
        return block5(2, flags << 3, fields, data_size, extra)


class _Set4(_Set):
    def seal(self, header: bytes) -> bytes:
        if not self.shape.encrypted_headers:
            return header
        salt = random.Random(self.shape.seed + 1).randbytes(8)
        return salt + aes(*_keys4(self.shape.password, salt), pad(header))

    def start(self, number: int) -> bytes:
        shape = self.shape
        flags = 0x80 if shape.encrypted_headers else 0
        if shape.volume_size is not None:
            flags |= 0x11 | (0 if number else 0x100)
        found = MARKER4 + block4(0x73, flags, bytes(6))
        if shape.comment and not number:
            found += self.seal(self._service(b"CMT", len(shape.comment))) + shape.comment
        return found

    def tail(self, *, last: bool) -> bytes:
        found = b""
        if self.shape.recovery:
            found += self.seal(self._service(b"RR", self.shape.recovery))
            found += bytes(self.shape.recovery)
        if not self.shape.end:
            return found
        multi = self.shape.volume_size is not None
        flags, fields = 0x4000, b""
        if multi:
            flags |= 0x0006 | (0 if last else 1)
            fields = struct.pack("<I", 0)
            if self.shape.numbered_end:
                flags |= 8
                fields += struct.pack("<H", len(self.volumes))
            fields += bytes(7)
        return found + self.seal(block4(0x7B, flags, fields))

    def _service(self, name: bytes, size: int) -> bytes:
        fields = struct.pack("<IIBIIBBHI", size, size, 3, 0, 0, 29, 0x30, len(name), 0)
        return block4(0x7A, 0xC000, fields + name)

    def lock(self, file: File) -> tuple[bytes, bytes]:
        salt = self.random.randbytes(8)
        return aes(*_keys4(file.password or self.shape.password, salt), pad(file.data)), salt

    def head(self, file: File, flags: int, lock: bytes, piece: bytes = b"") -> bytes:
        flags |= 0x8000 | (0xE0 if file.folder else 0) | (0x404 if lock else 0)
        data, mode = file.data, 0o100644
        if file.link is not None:
            mode = 0o120777
        name = file.path.replace("/", "\\")
        if name.isascii():
            raw = name.encode()
        else:
            raw, flags = unicode4(name), flags | 0x200
        size = len(data)
        large = b""
        if size >= 2**31 or file.size_unknown or len(file.path) % 2:
            high = 0xFFFFFFFF if file.size_unknown else size >> 32
            large, flags = struct.pack("<II", len(piece) >> 32, high), flags | 0x100
        unpacked = 0xFFFFFFFF if file.size_unknown else size & 0xFFFFFFFF
        fields = struct.pack(
            "<IIBIIBBHI",
            *(len(piece), unpacked, 3, zlib.crc32(data), 0x58B0_0000, 29),
            *(0x30 + file.method, len(raw), mode),
        )
        return block4(0x74, flags, fields + large + raw + lock)


def rar5(files: Sequence[File], shape: Shape | None = None, **changes) -> list[bytes]:
    """The volumes of a RAR5 set."""
    return _Set5(replace(shape or Shape(), **changes)).write(files)


def rar4(files: Sequence[File], shape: Shape | None = None, **changes) -> list[bytes]:
    """The volumes of a RAR4 set."""
    return _Set4(replace(shape or Shape(), **changes)).write(files)


def some_files(seed: int, sizes: Sequence[int]) -> Iterator[File]:
    """Files of these sizes, in folders and not, with names in several scripts."""
    source = random.Random(seed)
    names = ("film.mkv", "sub/Ünïcode.srt", "映画/第一.mkv", "a/b/c.nfo", "Фильм.avi")
    for index, size in enumerate(sizes):
        yield File(f"{index}-{names[index % len(names)]}", source.randbytes(size))


def sealed5(volume: bytes) -> bytes:
    """A volume whose headers' checksums are made right again, so that damage gets further."""
    found, position = bytearray(volume), len(MARKER5)
    while position + 8 <= len(found):
        fields = found[position + 4 :]
        size, start = _vint_at(fields, 0)
        stop = position + 4 + start + size
        found[position : position + 4] = struct.pack("<I", zlib.crc32(found[position + 4 : stop]))
        _, at = _vint_at(fields, start)
        flags, at = _vint_at(fields, at)
        if flags & 1:
            _, at = _vint_at(fields, at)
        data_size = _vint_at(fields, at)[0] if flags & 2 else 0
        position = stop + data_size
    return bytes(found)


def _vint_at(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    for byte in data[at : at + 10]:
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    return value, at


def sealed4(volume: bytes) -> bytes:
    """As :func:`sealed5`, for RAR4."""
    found, position = bytearray(volume), len(MARKER4)
    while position + 11 <= len(found):
        _, _, flags, size, data_size = struct.unpack_from("<HBHHI", found, position)
        crc = zlib.crc32(found[position + 2 : position + size]) & 0xFFFF
        found[position : position + 2] = struct.pack("<H", crc)
        position += max(size, 7) + (data_size if flags & 0x8000 else 0)
    return bytes(found)
