"""Archives of any size: the bytes in them that are not synthetic, and where their film lies."""

from __future__ import annotations

import hashlib
import struct
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from altmount.newsserver.synthetic import payload
from tests.bench.target import ARTICLE_BYTES, CHECKED_BYTES
from tests.support.isos import SECTOR, playlist, record
from tests.support.rars import MARKER5, block5, record5, vint
from tests.support.sevenzips import number

FILM_HEAD = b"\x1a\x45\xdf\xa3".ljust(16, b"-")
_PLAYLIST = playlist(("00000", 0, 7200))
_SALT, _IV, _LOG_ROUNDS = bytes(16), bytes(range(16)), 15


@dataclass(frozen=True, slots=True)
class Volume:
    """One file of a set."""

    name: str
    size: int
    patches: tuple[tuple[int, bytes], ...]
    start: int
    """Where the film's bytes start in it."""

    held: int
    """How many of them it has."""


@dataclass(frozen=True, slots=True)
class SetTarget:
    """A film in a set, once it is imported."""

    path: str
    seed: int
    """Of the first volume; each has the next."""

    volumes: tuple[Volume, ...]
    size: int
    key: bytes = b""
    _starts: list[int] = field(default_factory=list)

    @property
    def articles(self) -> int:
        return -(-self.size // ARTICLE_BYTES)

    def bytes_at(self, start: int, length: int = CHECKED_BYTES) -> bytes:
        """What the film holds there."""
        stop = min(start + length, self.size)
        if not self.key:
            return self._stored(start, stop)
        first, last = start // 16 * 16, -(-stop // 16) * 16
        iv = self._stored(first - 16, first) if first else _IV
        decryptor = Cipher(algorithms.AES(self.key), modes.CBC(iv)).decryptor()
        plain = decryptor.update(self._stored(first, last))
        return plain[start - first : stop - first]

    def _stored(self, start: int, stop: int) -> bytes:
        found = b""
        while start < stop:
            index = bisect_right(self._starts, start) - 1
            volume = self.volumes[index]
            inside = start - self._starts[index]
            size = min(stop - start, volume.held - inside)
            at = volume.start + inside
            data = bytearray(payload(self.seed + index, at, at + size, article_size=ARTICLE_BYTES))
            for offset, patch in volume.patches:
                for place in range(max(offset, at), min(offset + len(patch), at + size)):
                    data[place - at] = patch[place - offset]
            found += data
            start += size
        return found


def target_of(path: str, seed: int, volumes: Sequence[Volume], key: bytes = b"") -> SetTarget:
    starts, at = [], 0
    for volume in volumes:
        starts.append(at)
        at += volume.held
    return SetTarget(path, seed, tuple(volumes), at, key, starts)


def rar5(
    size: int, volume_size: int, name: str = "film.mkv", head: bytes = FILM_HEAD, password: str = ""
) -> tuple[list[Volume], bytes]:
    """A stored set with one file of about that size in it, and the key if there is a password."""
    key, lock = _lock(password) if password else (b"", b"")
    if key:
        encryptor = Cipher(algorithms.AES(key), modes.CBC(_IV)).encryptor()
        head = encryptor.update(head)
    volumes: list[Volume] = []
    left, index = size, 0
    while left:
        opening = MARKER5 + block5(1, 0, vint(3) + vint(index) if index else vint(1))
        before = 8 if index else 0
        room = volume_size - len(opening) - len(_file5(name, size, 0, before, lock)) - len(_end5(0))
        held = min(left, room)
        goes_on = held < left
        opening += _file5(name, size, held, before | 16 * goes_on, lock)
        patches = [(0, opening), (len(opening) + held, _end5(goes_on))]
        if not index:
            patches.insert(1, (len(opening), head))
        whole = len(opening) + held + len(_end5(0))
        volumes.append(
            Volume(f"set.part{index + 1:03}.rar", whole, tuple(patches), len(opening), held)
        )
        left -= held
        index += 1
    return volumes, key


def in_image(size: int, volume_size: int) -> list[Volume]:
    """A RAR set of an image of a Blu-ray (ISO 9660) with a film of that size.

    All of the image's own bytes come before the film, in the first volume.
    """
    part, first = 2**32 - SECTOR, 32
    clip = b"\0\0\0\0G".ljust(192, b"\0") * 5
    sectors = {"root": 20, "disc": 21, "streams": 22, "playlists": 23, "playlist": 24}
    listing = {
        "root": record(b"BDMV", sectors["disc"], SECTOR, folder=True),
        "disc": record(b"PLAYLIST", sectors["playlists"], SECTOR, folder=True)
        + record(b"STREAM", sectors["streams"], SECTOR, folder=True),
        "playlists": record(b"00000.MPLS;1", sectors["playlist"], len(_PLAYLIST)),
        "streams": b"".join(
            record(
                b"00000.M2TS;1",
                first + at // SECTOR,
                min(part, size - at),
                partial=at + part < size,
            )
            for at in range(0, size, part)
        ),
    }
    image = bytearray(first * SECTOR)
    for name, records in listing.items():
        own = record(b"\0", sectors[name], SECTOR, folder=True)
        up = record(b"\1", sectors["root"], SECTOR, folder=True)
        at = sectors[name] * SECTOR
        image[at : at + SECTOR] = (own + up + records).ljust(SECTOR, b"\0")
    at = sectors["playlist"] * SECTOR
    image[at : at + len(_PLAYLIST)] = _PLAYLIST
    top = record(b"\0", sectors["root"], SECTOR, folder=True)
    volume = b"\x01CD001\1".ljust(128, b"\0") + struct.pack("<H", SECTOR)
    volume = (volume + struct.pack(">H", SECTOR)).ljust(156, b"\0") + top
    image[16 * SECTOR : 17 * SECTOR] = volume.ljust(SECTOR, b"\0")
    image[17 * SECTOR : 18 * SECTOR] = b"\xffCD001\1".ljust(SECTOR, b"\0")
    head = bytes(image) + clip
    volumes, _ = rar5(len(image) + size, volume_size, "film.iso", head)
    opening = volumes[0]
    before = len(image)
    held = replace(opening, start=opening.start + before, held=opening.held - before)
    return [held, *volumes[1:]]


def seven_zip(size: int, volume_size: int) -> list[Volume]:
    """A stored archive that was split, with one film of that size in it."""
    header = b"\x01\x04\x06" + number(0) + number(1) + b"\x09" + number(size) + b"\x00"
    header += b"\x07\x0b\x01\x00\x01\x01\x00\x0c" + number(size) + b"\x00\x08\x00\x00"
    names = b"\x00" + "film.mkv".encode("utf-16-le") + b"\0\0"
    header += b"\x05\x01\x11" + number(len(names)) + names + b"\x00\x00"
    place = struct.pack("<QQI", size, len(header), zlib.crc32(header))
    start = b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(place)) + place
    whole = len(start) + size + len(header)
    patches = [(0, start + FILM_HEAD), (len(start) + size, header)]
    volumes = []
    for index, begin in enumerate(range(0, whole, volume_size)):
        stop = min(begin + volume_size, whole)
        inside = [
            (max(offset, begin) - begin, data[max(0, begin - offset) : stop - offset])
            for offset, data in patches
            if offset < stop and begin < offset + len(data)
        ]
        first = max(begin, len(start))
        held = max(0, min(stop, len(start) + size) - first)
        volumes.append(
            Volume(f"set.7z.{index + 1:03}", stop - begin, tuple(inside), first - begin, held)
        )
    return volumes


def renamed(volumes: Sequence[Volume], names: Sequence[str]) -> list[Volume]:
    """The same volumes, called otherwise."""
    return [replace(volume, name=name) for volume, name in zip(volumes, names, strict=True)]


def _file5(name: str, size: int, held: int, flags: int, lock: bytes) -> bytes:
    fields = vint(4) + vint(size) + vint(0o644) + struct.pack("<I", 0)
    fields += vint(0) + vint(1) + vint(len(name)) + name.encode()
    return block5(2, flags, fields, held, lock)


def _end5(goes_on: int) -> bytes:
    return block5(5, 0, vint(int(goes_on)))


def _lock(password: str) -> tuple[bytes, bytes]:
    def derived(more: int) -> bytes:
        rounds = (1 << _LOG_ROUNDS) + more
        return hashlib.pbkdf2_hmac("sha256", password.encode(), _SALT, rounds, 32)

    folded = bytes(8)
    check = derived(32)
    for at in range(0, 32, 8):
        folded = bytes(a ^ b for a, b in zip(folded, check[at : at + 8], strict=True))
    folded += hashlib.sha256(folded).digest()[:4]
    record = record5(1, vint(0) + vint(1) + bytes((_LOG_ROUNDS,)) + _SALT + _IV + folded)
    return derived(0), record
