from __future__ import annotations

import struct
import zlib

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.joined import Joined
from altmount.archives.sevenzip.header import MAX_PROGRAM, SIGNATURE, read_header, read_start
from altmount.archives.sevenzip.keys import KeyRing
from altmount.archives.sevenzip.unpack import MAX_HEADER
from tests.support.archives import Driver
from tests.support.sevenzips import File, Shape, sevenzip


def archive(header, *, body=b"", size=None, crc=None, version=0):
    place = struct.pack("<QQI", len(body), size or len(header), crc or zlib.crc32(header))
    start = SIGNATURE + bytes((version, 4)) + struct.pack("<I", zlib.crc32(place)) + place
    return start + body + header


def read(data, password=None):
    driver = Driver([data])
    joined = Joined(driver.volumes)
    start = driver.run(read_start(joined))
    return driver.run(read_header(joined, start, KeyRing(password)))


def fault_of(data):
    with pytest.raises(ArchiveError) as error:
        read(data)
    return error.value.fault


@pytest.mark.parametrize("program", [b"", b"MZ" + bytes(5000), b"\x7fELF" + bytes(700)])
def test_the_header_is_found_behind_a_program_too(program):
    [data] = sevenzip([File("a", b"123")], program=program)
    start = Driver([data]).run(read_start(Joined(Driver([data]).volumes)))
    assert start.base == len(program) + 32
    assert [file.path for file in read(data).files] == ["a"]


def test_an_archive_with_nothing_in_it_has_no_header():
    header = read(archive(b""))
    assert (header.files, header.folders) == ([], [])
    assert read(archive(b"\x01\0")).files == []


def test_sections_that_do_not_matter_are_passed_over():
    properties = b"\x02\x19\x03abc\0"
    additional = b"\x03\0"
    assert read(archive(b"\x01" + properties + additional + b"\0")).files == []


def test_a_password_that_opened_the_header_is_proven():
    shape = Shape(password="x", encrypted_header=True)
    [data] = sevenzip([File("a", b"123")], shape)
    assert read(data, "x").proven
    [data] = sevenzip([File("a", b"123")], shape, header_crc=False)
    assert not read(data, "x").proven
    [data] = sevenzip([File("a", b"123")], password="x")
    assert not read(data, "x").proven


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", ArchiveFault.NOT_AN_ARCHIVE),
        (b"7z", ArchiveFault.NOT_AN_ARCHIVE),
        (b"MZ" + bytes(5000), ArchiveFault.NOT_AN_ARCHIVE),
        (SIGNATURE + bytes(9), ArchiveFault.TRUNCATED),
        (SIGNATURE + bytes(25) + b"\1", ArchiveFault.DAMAGED),
        (archive(b"\x01\0", version=1), ArchiveFault.UNSUPPORTED),
        (archive(b"\x01\0")[:-1], ArchiveFault.TRUNCATED),
        (archive(b"\x01\0", size=2**40), ArchiveFault.TOO_LARGE),
        (archive(b"\x01\0", size=MAX_HEADER + 1), ArchiveFault.TOO_LARGE),
        (archive(b"\x01\0", crc=1), ArchiveFault.DAMAGED),
        (archive(b"\x99"), ArchiveFault.DAMAGED),
        (archive(b"\x01\x99"), ArchiveFault.DAMAGED),
        (archive(b"\x01"), ArchiveFault.DAMAGED),
        (archive(b"\x17\0"), ArchiveFault.UNSUPPORTED),
    ],
)
def test_what_cannot_be_a_header_is_refused(data, fault):
    assert fault_of(data) is fault


def test_a_header_that_is_packed_in_itself_is_given_up():
    layer = b"\x17\x06\x00\x01\x09\x18\x00\x07\x0b\x01\x00\x01\x01\x00\x0c\x18\x00\x00"
    body = layer.ljust(24, b"\0")
    data = archive(layer, body=body)
    driver = Driver([data])
    joined = Joined(driver.volumes)
    start = driver.run(read_start(joined))
    with pytest.raises(ArchiveError) as error:
        driver.run(read_header(joined, start, KeyRing(None)))
    assert error.value.fault is ArchiveFault.DAMAGED
    assert driver.requests < 10


def test_a_program_is_searched_only_so_far():
    driver = Driver([b"MZ" + bytes(3 * MAX_PROGRAM)])
    with pytest.raises(ArchiveError):
        driver.run(read_start(Joined(driver.volumes)))
    assert driver.asked <= MAX_PROGRAM + 32
