from __future__ import annotations

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.zip.directory import MAX_ENTRIES, read_directory
from tests.support.zips import File, Shape, zipped


def listed(files, **shape):
    [data] = zipped(files, Shape(**shape))
    start = data.index(b"PK\1\2")
    return list(read_directory(data[start : data.index(b"PK\5\6")], len(files)))


@pytest.mark.parametrize("zip64", [False, True])
def test_entries_say_where_and_how_large_they_are(zip64):
    first, second = listed([File("a", b"123"), File("b", b"x" * 100, method=8)], zip64=zip64)
    assert (first.path, first.method, first.size, first.packed_size) == ("a", 0, 3, 3)
    assert (first.offset, first.disk) == (0, 0)
    assert (second.path, second.method, second.size) == ("b", 8, 100)
    assert second.packed_size < 100
    assert second.offset > 30


@pytest.mark.parametrize(
    ("file", "path"),
    [
        (File("映画.mkv"), "映画.mkv"),
        (File("Ünï.mkv", said_utf8=False), "Ünï.mkv"),
        (File("Ünï.mkv", encoding="cp437"), "Ünï.mkv"),
        (File("?.mkv", unicode_path="映画.mkv"), "映画.mkv"),
        (File("a\\b.mkv"), "a/b.mkv"),
    ],
)
def test_names_are_read_in_every_way_they_are_written(file, path):
    assert listed([file])[0].path == path


def test_a_unicode_name_for_another_name_does_not_count():
    [data] = zipped([File("?.mkv", unicode_path="other")])
    data = data.replace(b"?.mkv", b"!.mkv")
    start = data.index(b"PK\1\2")
    assert next(read_directory(data[start:], 1)).path == "!.mkv"


def test_folders_links_and_locks_are_told_apart():
    folder, link, aes, crypto, plain = listed(
        [
            File("d/"),
            File("l", b"x", link=True),
            File("a", b"x", encrypted="aes"),
            File("b", b"x", encrypted="zipcrypto"),
            File("c"),
        ]
    )
    assert (folder.folder, link.folder, link.link, plain.link) == (True, False, True, False)
    assert (aes.encryption, crypto.encryption, plain.encryption) == (
        "WinZip's AES",
        "ZipCrypto",
        "",
    )


def fault_of(data, count):
    with pytest.raises(ArchiveError) as error:
        list(read_directory(data, count))
    return error.value.fault


def test_a_directory_that_cannot_be_so_is_refused():
    [data] = zipped([File("a", b"123")])
    start = data.index(b"PK\1\2")
    directory = data[start : data.index(b"PK\5\6")]
    assert fault_of(directory, 2) is ArchiveFault.DAMAGED
    assert fault_of(directory[:-1], 1) is ArchiveFault.DAMAGED
    assert fault_of(b"X" + directory[1:], 1) is ArchiveFault.DAMAGED
    assert fault_of(b"", MAX_ENTRIES + 1) is ArchiveFault.TOO_LARGE
    [data] = zipped([File("a", b"123")], zip64=True)
    start = data.index(b"PK\1\2")
    at = data.index(b"\1\0\x18\0", start)
    hostile = data[start : at + 4] + b"\xff" * 8 + data[at + 12 :]
    assert fault_of(hostile, 1) is ArchiveFault.DAMAGED


def test_extra_fields_that_are_nonsense_are_left_out():
    [data] = zipped([File("a", b"123", encrypted="aes")])
    start = data.index(b"PK\1\2")
    at = data.index(b"\x01\x99\x07\0", start)
    nonsense = data[start:at] + b"\x02\x98\xff\xff" + data[at + 4 :]
    [found] = read_directory(nonsense, 1)
    assert found.encryption == "ZipCrypto"
