from __future__ import annotations

import lzma
import zlib

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.joined import Joined
from altmount.archives.sevenzip.keys import KeyRing
from altmount.archives.sevenzip.methods import AES, COPY, LZMA, LZMA2
from altmount.archives.sevenzip.streams import Coder, Folder
from altmount.archives.sevenzip.unpack import MAX_HEADER, read_packed
from tests.support.archives import Driver, little_memory
from tests.support.rars import aes, pad
from tests.support.sevenzips import key_of

TEXT = b"header " * 999
PROPERTIES = b"\x5d\0\0\x10\0"
LZMA_FILTER = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20, "lc": 3, "lp": 0, "pb": 2}
PACKED = lzma.compress(TEXT, lzma.FORMAT_RAW, filters=[LZMA_FILTER])
PACKED2 = lzma.compress(TEXT, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2}])


SIZE, CRC = len(TEXT), zlib.crc32(TEXT)


def folder(*coders, size=SIZE, packed=PACKED, crc=CRC, last=0, streams=1):
    made = tuple(Coder(method, properties, simple=True) for method, properties in coders)
    return Folder(made, streams, last, size, crc, 0, len(packed))


def unpacked(given, packed=PACKED, password=None):
    driver = Driver([b"base" + packed])
    return driver.run(read_packed(Joined(driver.volumes), 4, given, KeyRing(password)))


def fault_of(given, packed=PACKED, password=None):
    with pytest.raises(ArchiveError) as error:
        unpacked(given, packed, password)
    return error.value.fault


def test_headers_are_unpacked():
    assert unpacked(folder((LZMA, PROPERTIES))) == TEXT
    assert unpacked(folder((LZMA2, b"\x28"), packed=PACKED2), PACKED2) == TEXT
    assert unpacked(folder((COPY, b""), packed=TEXT), TEXT) == TEXT
    assert unpacked(folder((COPY, b""), (LZMA, PROPERTIES), last=1)) == TEXT
    assert unpacked(folder((LZMA, PROPERTIES), crc=None)) == TEXT


@pytest.mark.parametrize("last", [0, 1])
def test_encrypted_headers_are_decrypted_first(last):
    sealed = aes(key_of("x", b"", 3), bytes(16), pad(PACKED))
    coders = [(LZMA, PROPERTIES), (AES, b"\x03")]
    given = folder(*(coders if last == 0 else coders[::-1]), packed=sealed, last=last)
    assert unpacked(given, sealed, "x") == TEXT
    assert fault_of(given, sealed) is ArchiveFault.ENCRYPTED
    assert fault_of(given, sealed, "y") is ArchiveFault.WRONG_PASSWORD


def test_a_dictionary_larger_than_the_header_is_not_made():
    """4 GiB, as the properties say, would not be had."""
    with little_memory():
        assert unpacked(folder((LZMA, b"\x5d\xff\xff\xff\xff"))) == TEXT
        assert unpacked(folder((LZMA, b"\x5d\0\0\0\x04"))) == TEXT


def test_no_more_is_unpacked_than_there_should_be():
    bomb = lzma.compress(bytes(50 << 20), lzma.FORMAT_RAW, filters=[LZMA_FILTER])
    with little_memory():
        given = folder((LZMA, PROPERTIES), size=100, packed=bomb, crc=None)
        assert unpacked(given, bomb) == bytes(100)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (folder((LZMA, PROPERTIES), size=MAX_HEADER + 1), ArchiveFault.TOO_LARGE),
        (folder((LZMA, PROPERTIES), packed=range(MAX_HEADER + 1)), ArchiveFault.TOO_LARGE),
        (folder((LZMA, PROPERTIES), streams=2), ArchiveFault.UNSUPPORTED),
        (folder((b"\x03\x04\x01", b"")), ArchiveFault.UNSUPPORTED),
        (folder((LZMA, b"\x5d")), ArchiveFault.DAMAGED),
        (folder((LZMA, b"\xff\0\0\x10\0")), ArchiveFault.DAMAGED),
        (folder((LZMA, b"\x5e\0\0\x10\0")), ArchiveFault.DAMAGED),
        (folder((LZMA2, b"\x28")), ArchiveFault.DAMAGED),
        (folder((LZMA, PROPERTIES), crc=1), ArchiveFault.DAMAGED),
        (folder((LZMA, PROPERTIES), size=len(TEXT) + 1, crc=None), ArchiveFault.DAMAGED),
        (folder((COPY, b""), crc=None), ArchiveFault.DAMAGED),
    ],
)
def test_what_does_not_unpack_is_refused(given, fault):
    assert fault_of(given) is fault


def test_coders_that_are_no_chain_are_not_known():
    bcj2 = Folder((Coder(COPY, b"", simple=False),), 1, 0, 4, None, 0, 4)
    assert fault_of(bcj2) is ArchiveFault.UNSUPPORTED
