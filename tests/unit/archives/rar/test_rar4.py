from __future__ import annotations

import struct
import zlib

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.rar.headers import Kind, Reach
from altmount.archives.rar.keys import KeyRing
from altmount.archives.rar.rar4 import read_rar4
from tests.support.archives import Driver
from tests.support.rars import MARKER4, File, block4, rar4

MAIN = block4(0x73, 0, bytes(6))
END = block4(0x7B, 0x4000, b"")


def headers(data, password=None, reach=Reach.END):
    driver = Driver([data])
    return driver.run(read_rar4(driver.volumes, 0, 7, KeyRing(password), reach))


def fault_of(data, password=None):
    with pytest.raises(ArchiveError) as error:
        headers(data, password)
    return error.value.fault


def file4(name=b"a", data=b"abc", *, flags=0, size=3, version=29, method=0x30, more=b"", kind=0x74):
    fields = struct.pack(
        "<IIBIIBBHI", len(data), size, 3, 0, 0, version, method, len(name), 0o100644
    )
    return block4(kind, 0x8000 | flags, fields + name + more) + data


def test_a_volume_says_what_it_holds():
    [data] = rar4([File("a/b.mkv", b"12345"), File("d", folder=True), File("l", link="x")])
    read = headers(data)
    assert (read.format, read.number, read.first, read.last) == ("rar4", 0, True, True)
    file, folder, link = read.pieces
    assert (file.path, file.kind, file.size, file.method) == ("a/b.mkv", Kind.FILE, 5, "")
    assert data[file.run.start : file.run.stop] == b"12345"
    assert (folder.kind, link.kind) == (Kind.FOLDER, Kind.LINK)


def test_the_end_of_a_volume_has_its_number():
    volumes = rar4([File("a", bytes(2000))], volume_size=300)
    read = [headers(data) for data in volumes]
    assert [one.number for one in read] == list(range(len(volumes)))
    assert [one.last for one in read] == [False] * (len(volumes) - 1) + [True]
    assert [one.first for one in read] == [True] + [False] * (len(volumes) - 1)
    brief = [headers(data, reach=Reach.FULL) for data in volumes[:-1]]
    assert [one.number for one in brief] == [0] + [None] * (len(volumes) - 2)


def test_some_volumes_have_no_number_and_some_no_end():
    unnumbered = rar4([File("a", bytes(500))], volume_size=300, numbered_end=False)
    assert headers(unnumbered[1]).number is None
    endless = rar4([File("a", bytes(500))], volume_size=300, end=False)
    assert headers(endless[1]).last is None
    assert len(headers(endless[1]).pieces) == 1


def test_before_rar_3_a_first_volume_is_not_marked():
    main = block4(0x73, 0x11, bytes(6))
    assert headers(MARKER4 + main + file4(flags=2)).first is None
    assert headers(MARKER4 + main + file4(flags=1)).first is False


@pytest.mark.parametrize("name", ["映画/第一.mkv", "plain", "éa/ü.mkv"])
def test_names_use_slashes_whatever_their_alphabet(name):
    [data] = rar4([File(name, b"x")])
    assert headers(data).pieces[0].path == name


def test_sizes_may_take_64_bits_or_be_unknown():
    large = file4(flags=0x100, data=b"", size=5, more=b"")
    fields = struct.pack("<IIBIIBBHI", 0, 5, 3, 0, 0, 29, 0x30, 1, 0)
    block = block4(0x74, 0x8100, fields + struct.pack("<II", 0, 3) + b"a")
    assert headers(MARKER4 + MAIN + block).pieces[0].size == (3 << 32) + 5
    assert fault_of(MARKER4 + MAIN + large) is ArchiveFault.DAMAGED
    [data] = rar4([File("a", b"123", size_unknown=True)])
    assert headers(data).pieces[0].size is None
    assert headers(MARKER4 + MAIN + file4(size=0xFFFFFFFF)).pieces[0].size is None


def test_a_packed_size_of_64_bits_goes_past_the_volume_and_is_cut():
    fields = struct.pack("<IIBIIBBHI", 3, 5, 3, 0, 0, 29, 0x30, 1, 0)
    block = block4(0x74, 0x8100, fields + struct.pack("<II", 1, 1) + b"a")
    [piece] = headers(MARKER4 + MAIN + block + b"abc").pieces
    assert len(piece.run) == 3
    hostile = block4(0x74, 0x8100, fields + struct.pack("<II", 0xFFFFFFFF, 1) + b"a")
    assert fault_of(MARKER4 + MAIN + hostile) is ArchiveFault.DAMAGED
    hostile = block4(0x74, 0x8100, fields + struct.pack("<II", 0, 0xFFFFFFFF) + b"a")
    assert fault_of(MARKER4 + MAIN + hostile) is ArchiveFault.DAMAGED


def test_methods_and_old_ciphers_are_named():
    [piece] = headers(MARKER4 + MAIN + file4(method=0x33)).pieces
    assert piece.method == "method 3"
    [piece] = headers(MARKER4 + MAIN + file4(flags=4, version=20)).pieces
    assert piece.unknown == "encryption as of RAR 2.0"
    assert piece.lock is None
    [piece] = headers(MARKER4 + MAIN + file4(flags=0x404, version=26, more=bytes(8))).pieces
    assert (piece.unknown, piece.lock) == ("encryption as of RAR 2.6", None)


def test_encrypted_headers_want_the_right_password():
    [data] = rar4([File("a", b"123")], password="x", encrypted_headers=True)
    read = headers(data, "x")
    assert read.encrypted
    assert read.pieces[0].path == "a"
    assert fault_of(data) is ArchiveFault.ENCRYPTED
    assert fault_of(data, "y") is ArchiveFault.WRONG_PASSWORD
    damage = fault_of(data[:-1] + bytes((data[-1] ^ 1,)), "x")
    assert damage in {ArchiveFault.DAMAGED, ArchiveFault.TRUNCATED}


def test_a_wrong_password_is_said_to_be_so_even_where_it_gives_an_absurd_size():
    [data] = rar4([File("a", b"123")], password="x", encrypted_headers=True)
    assert {fault_of(data, f"y{n}") for n in range(20)} == {ArchiveFault.WRONG_PASSWORD}


def test_old_blocks_and_comments_are_passed_over():
    comment = block4(0x75, 0, b"old comment")[2:]
    [piece] = headers(MARKER4 + MAIN + b"\0\0" + comment + file4() + END).pieces
    assert piece.path == "a"
    inner = file4(data=b"", flags=8)
    with_comment = inner[:5] + struct.pack("<H", len(inner) + 5) + inner[7:]
    crc = struct.pack("<H", zlib.crc32(with_comment[2:]) & 0xFFFF)
    [piece] = headers(MARKER4 + MAIN + crc + with_comment[2:] + b"hello" + END).pieces
    assert piece.path == "a"


@pytest.mark.parametrize(
    "data",
    [
        MARKER4 + file4(),
        MARKER4 + MAIN + block4(0x74, 0x8000, bytes(10)),
        MARKER4 + MAIN + block4(0x7A, 0x8000, bytes(4)),
        MARKER4 + MAIN + file4(b""),
        MARKER4 + MAIN + block4(0x7B, 0x0008, b"\0"),
        MARKER4 + MAIN + b"\0\0\x74\0\0\x03\0",
        MARKER4 + MAIN[:-1] + b"\x01",
        MARKER4 + MAIN + file4(flags=0x400),
    ],
)
def test_headers_that_cannot_be_so_are_damage(data):
    assert fault_of(data + bytes(10)) is ArchiveFault.DAMAGED


def test_a_header_that_is_cut_off_is_truncation():
    assert fault_of((MARKER4 + MAIN + file4(b"a" * 200))[:60]) is ArchiveFault.TRUNCATED


def test_the_number_of_headers_is_bounded(monkeypatch):
    monkeypatch.setattr("altmount.archives.rar.rar4.MAX_BLOCKS", 5)
    assert fault_of(MARKER4 + MAIN + file4() * 5 + END) is ArchiveFault.TOO_LARGE
    assert len(headers(MARKER4 + MAIN + file4() * 4 + END).pieces) == 4
