from __future__ import annotations

import struct

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.joined import Joined
from altmount.archives.zip.end import find_end
from tests.support.archives import Driver
from tests.support.zips import File, zipped

FILES = [File("a", b"123"), File("b", bytes(500))]


def end_of(data):
    driver = Driver(data)
    return driver.run(find_end(Joined(driver.volumes))), driver


def fault_of(data):
    with pytest.raises(ArchiveError) as error:
        end_of(data)
    return error.value.fault


@pytest.mark.parametrize("zip64", [False, True])
@pytest.mark.parametrize("comment", [b"", b"hello", b"PK\5\6" * 20, bytes(65_535)])
@pytest.mark.parametrize("program", [b"", b"MZ" + bytes(3000)])
def test_the_directory_is_found(zip64, comment, program):
    [data] = zipped(FILES, zip64=zip64, comment=comment, program=program)
    end, driver = end_of([data])
    assert end.start == data.index(b"PK\1\2")
    assert (end.entries, end.shift, end.split) == (2, len(program), False)
    assert driver.requests <= 5


def test_without_a_comment_little_is_asked_for():
    [data] = zipped(FILES)
    assert end_of([data])[1].asked == 22


@pytest.mark.parametrize("zip64", [False, True])
def test_places_in_a_split_set_are_counted_from_volumes(zip64):
    data = zipped(FILES, split=True, volume_size=400, zip64=zip64)
    assert len(data) > 2
    end, _ = end_of(data)
    assert end.split
    assert end.start == b"".join(data).index(b"PK\1\2")
    assert fault_of(data[1:]) is ArchiveFault.VOLUMES_MISSING


def test_an_end_that_is_not_there_is_missing():
    [data] = zipped(FILES)
    assert fault_of([data[:-1]]) is ArchiveFault.TRUNCATED
    assert fault_of([data[:200], data[200:-1]]) is ArchiveFault.VOLUMES_MISSING
    assert fault_of([data[100:]]) is ArchiveFault.TRUNCATED
    pieces = zipped(FILES, volume_size=300)
    assert fault_of([pieces[0], *pieces[2:]]) is ArchiveFault.VOLUMES_MISSING
    assert fault_of([b""]) is ArchiveFault.TRUNCATED


def test_a_record_of_large_sizes_that_is_not_there_is_missing():
    [data] = zipped(FILES, zip64=True)
    at = data.index(b"PK\6\6")
    assert fault_of([data[:at] + b"XX" + data[at + 2 :]]) is ArchiveFault.TRUNCATED
    locator = data.index(b"PK\6\7")
    beyond = data[: locator + 8] + struct.pack("<Q", 2**60) + data[locator + 16 :]
    assert end_of([beyond])[0].entries == 2  # found where it should be all the same


def test_a_directory_of_exactly_65535_entries_needs_no_other_record():
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0, 100, 0)
    assert end_of([bytes(100) + end])[0].entries == 0xFFFF
