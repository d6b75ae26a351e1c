from __future__ import annotations

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.parser import A_STEP
from altmount.archives.sevenzip.fields import MAX_COUNT, Fields
from altmount.archives.sevenzip.files import File, read_files
from tests.support.archives import Driver
from tests.support.sevenzips import bits, number


def section(kind, content):
    return bytes((kind,)) + number(len(content)) + content


def names(*given):
    return section(0x11, b"\0" + "".join(name + "\0" for name in given).encode("utf-16-le"))


def listed(count, *sections):
    data = number(count) + b"".join(sections) + b"\0"
    return Driver([]).run(read_files(Fields(data)))


def test_files_folders_and_empty_files_are_told_apart():
    found = listed(
        3,
        section(0x0E, bits([False, True, True])),
        section(0x0F, bits([False, True])),
        names("a/映画.mkv", "a", "empty"),
        section(0x14, bytes(26)),
    )
    assert found == [
        File("a/映画.mkv", has_stream=True, folder=False, link=False),
        File("a", has_stream=False, folder=True, link=False),
        File("empty", has_stream=False, folder=False, link=False),
    ]


def test_links_are_told_by_their_attributes():
    unix, windows = (0o120777 << 16) | 0x8000, 0x400
    attributes = b"\0" + bits([True, True, False]) + b"\0"
    attributes += unix.to_bytes(4, "little") + windows.to_bytes(4, "little")
    found = listed(3, names("a", "b", "c"), section(0x15, attributes))
    assert [file.link for file in found] == [True, True, False]


def test_what_is_to_be_deleted_is_no_file():
    found = listed(
        2, section(0x0E, bits([True, True])), section(0x10, bits([True, False])), names("a", "b")
    )
    assert [file.path for file in found] == ["b"]


def test_files_may_have_no_names():
    assert [file.path for file in listed(2)] == ["", ""]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (number(MAX_COUNT + 1), ArchiveFault.TOO_LARGE),
        (number(2) + names("a") + b"\0", ArchiveFault.DAMAGED),
        (number(1) + section(0x11, b"\1") + b"\0", ArchiveFault.UNSUPPORTED),
        (number(1) + section(0x15, b"\1\1") + b"\0", ArchiveFault.UNSUPPORTED),
        (number(1) + b"\x11\x7f", ArchiveFault.DAMAGED),
        (number(9) + section(0x0E, b"\0") + b"\0", ArchiveFault.DAMAGED),
    ],
)
def test_lists_that_cannot_be_so_are_refused(data, fault):
    with pytest.raises(ArchiveError) as error:
        Driver([]).run(read_files(Fields(data)))
    assert error.value.fault is fault


def test_a_name_that_is_no_utf_16_is_made_one():
    content = b"\0" + b"\x00\xd8a\0" + b"\0\0"
    assert listed(1, section(0x11, content))[0].path == "\ufffda"


def test_it_pauses_so_that_streams_go_on_beside_it():
    count = 4 * A_STEP
    driver = Driver([])
    attributes = section(0x15, b"\1\0" + bytes(4 * count))
    data = number(count) + names(*map(str, range(count))) + attributes + b"\0"
    found = driver.run(read_files(Fields(data)))
    assert [file.path for file in found] == [str(number) for number in range(count)]
    assert driver.pauses >= 2 * 4  # attributes, and the files
