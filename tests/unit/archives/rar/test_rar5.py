from __future__ import annotations

import struct
import zlib

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import Volume
from altmount.archives.rar.headers import Kind, Reach
from altmount.archives.rar.keys import KeyRing, derive5
from altmount.archives.rar.rar5 import read_rar5
from altmount.spans import Span
from tests.support.archives import Driver
from tests.support.rars import MARKER5, File, aes, block5, pad, rar5, record5, vint

MAIN = block5(1, 0, vint(0))
END = block5(5, 0, vint(0))


def headers(data, password=None, reach=Reach.END):
    driver = Driver([data])
    return driver.run(read_rar5(driver.volumes, 0, 8, KeyRing(password), reach))


def fault_of(data, password=None):
    with pytest.raises(ArchiveError) as error:
        headers(data, password)
    return error.value.fault


def file5(name=b"a", *, size=3, data=b"abc", flags=0, packing=0, file_flags=0, extra=b""):
    fields = vint(file_flags) + vint(size) + vint(0) + vint(packing) + vint(1)
    return block5(2, flags, fields + vint(len(name)) + name, len(data), extra) + data


def test_a_volume_says_what_it_holds():
    [data] = rar5([File("a/b.mkv", b"12345"), File("d", folder=True)], comment=b"hello")
    read = headers(data)
    assert (read.format, read.number, read.first, read.last) == ("rar5", 0, True, True)
    file, folder = read.pieces
    assert (file.path, file.kind, file.size, file.method) == ("a/b.mkv", Kind.FILE, 5, "")
    assert data[file.run.start : file.run.stop] == b"12345"
    assert (folder.path, folder.kind, len(folder.run)) == ("d", Kind.FOLDER, 0)
    assert not file.continues
    assert not file.goes_on


def test_volumes_have_numbers_and_pieces_that_go_on():
    volumes = rar5([File("a", bytes(2000))], volume_size=300)
    read = [headers(data) for data in volumes]
    assert [one.number for one in read] == list(range(len(volumes)))
    assert [one.first for one in read] == [True] + [False] * (len(volumes) - 1)
    assert [one.last for one in read] == [False] * (len(volumes) - 1) + [True]
    assert [one.pieces[0].continues for one in read] == [False] + [True] * (len(volumes) - 1)
    assert [one.pieces[0].goes_on for one in read] == [True] * (len(volumes) - 1) + [False]


def test_reading_stops_where_no_more_is_wanted():
    volumes = rar5([File("a", bytes(100)), File("b", bytes(600))], volume_size=400)
    assert len(headers(volumes[0], reach=Reach.FIRST_PIECE).pieces) == 1
    full = headers(volumes[0], reach=Reach.FULL)
    assert len(full.pieces) == 2
    assert full.last is None
    assert headers(volumes[0], reach=Reach.END).last is False


def test_a_method_is_named():
    [piece] = headers(MARKER5 + MAIN + file5(packing=3 << 7) + END).pieces
    assert piece.method == "method 3"


def test_links_are_links_and_copies_say_of_what():
    [data] = rar5([File("l", link="x"), File("c", copy_of="a")])
    link, copy = headers(data).pieces
    assert (link.kind, copy.kind, copy.target) == (Kind.LINK, Kind.COPY, "a")


def test_a_size_may_be_unknown():
    [data] = rar5([File("a", b"123", size_unknown=True)])
    assert headers(data).pieces[0].size is None


def test_an_encryption_that_is_not_known_is_said_to_be_so():
    extra = record5(1, vint(1) + bytes(40))
    [piece] = headers(MARKER5 + MAIN + file5(extra=extra) + END).pieces
    assert piece.unknown == "encryption of version 1"
    header = block5(4, 0, vint(7) + vint(0) + bytes(17))
    assert fault_of(MARKER5 + header) is ArchiveFault.UNSUPPORTED


def test_a_volume_that_lacks_its_end_has_what_is_there():
    [data] = rar5([File("a", b"123")], end=False)
    assert headers(data).last is None
    [piece] = headers(data[:-1]).pieces
    assert len(piece.run) == 2


def test_data_of_a_volume_of_unknown_size_is_as_long_as_it_says():
    [data] = rar5([File("a", bytes(50))])
    driver = Driver([data])
    volumes = (Volume("v", len(data) - 40, inferred=True),)
    read = driver.run(read_rar5(volumes, 0, 8, KeyRing(None), Reach.END))
    assert len(read.pieces[0].run) == 50


@pytest.mark.parametrize("check", [True, False])
def test_encrypted_headers_want_the_right_password(check):
    [data] = rar5([File("a", b"123")], password="x", encrypted_headers=True, check=check)
    assert headers(data, "x").encrypted
    assert fault_of(data) is ArchiveFault.ENCRYPTED
    assert fault_of(data, "y") is ArchiveFault.WRONG_PASSWORD


def test_damage_behind_the_first_encrypted_header_is_damage():
    [data] = rar5([File("a", b"123")], password="x", encrypted_headers=True, check=False)
    damage = fault_of(data[:-1] + bytes((data[-1] ^ 1,)), "x")
    assert damage in {ArchiveFault.DAMAGED, ArchiveFault.TRUNCATED}


def test_headers_cannot_be_encrypted_twice():
    salted = block5(4, 0, vint(0) + vint(0) + bytes(17))
    key = derive5("x", bytes(16), 0)[:32]
    again = bytes(16) + aes(key, bytes(16), pad(salted))
    assert fault_of(MARKER5 + salted + again, "x") is ArchiveFault.DAMAGED


@pytest.mark.parametrize(
    "block",
    [
        file5(b""),
        file5(size=2**63),
        file5(extra=b"\x09\x01"),
        file5(extra=record5(1, vint(0) + vint(1) + bytes(20))),
        file5(extra=record5(5, vint(5))),
        block5(2, 0, vint(6)),
        block5(1, 0, b""),
        block5(3, 0, b"", 2**63),
        struct.pack("<I", 0) + vint(300_000, 3),
        struct.pack("<I", 0) + vint(0, 3),
        struct.pack("<I", 0) + b"\xff\xff\xff",
        MAIN[:-1] + b"\x09",
    ],
)
def test_headers_that_cannot_be_so_are_damage(block):
    assert fault_of(MARKER5 + block + bytes(64)) is ArchiveFault.DAMAGED


def test_every_byte_of_a_header_is_checked():
    data = MARKER5 + MAIN + file5(b"film.mkv") + END
    at = data.index(b"film")
    assert fault_of(data[:at] + b"F" + data[at + 1 :]) is ArchiveFault.DAMAGED


def test_an_extra_area_larger_than_its_header_is_damage():
    body = vint(2) + vint(1) + vint(99) + b"abc"
    body = vint(len(body)) + body
    block = struct.pack("<I", zlib.crc32(body)) + body
    assert fault_of(MARKER5 + block) is ArchiveFault.DAMAGED


def test_a_header_that_is_cut_off_is_truncation():
    [data] = rar5([File("a" * 200, b"123")])
    assert fault_of(data[:60]) is ArchiveFault.TRUNCATED


def test_the_number_of_headers_is_bounded(monkeypatch):
    monkeypatch.setattr("altmount.archives.rar.rar5.MAX_BLOCKS", 5)
    assert fault_of(MARKER5 + MAIN + file5() * 5) is ArchiveFault.TOO_LARGE
    assert len(headers(MARKER5 + MAIN + file5() * 3 + END).pieces) == 3


def test_what_comes_after_the_end_is_not_read():
    [data] = rar5([File("a", b"123")])
    assert headers(data + b"anything at all, as some posters add").last is True
    assert headers(data).pieces[0].run == Span(data.index(b"123"), data.index(b"123") + 3)
