from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.iso.records import parse_folder, parse_record
from tests.support.isos import SECTOR, record


@given(st.binary(min_size=1, max_size=60), st.integers(0, 2**20), st.integers(0, 2**32 - 1))
def test_a_record_is_read(name, sector, size):
    found = parse_record(record(name, sector, size, folder=True, extras=b"ab"))
    assert (found.name, found.start, found.size) == (name, sector * SECTOR, size)
    assert (found.folder, found.partial, found.extras) == (True, False, b"ab")


def test_a_folder_goes_on_in_the_next_sector():
    first, second = record(b"A", 1, 2), record(b"B", 3, 4, partial=True)
    data = first.ljust(SECTOR, b"\0") + second
    assert [(found.name, found.partial) for found in parse_folder(data)] == [
        (b"A", False),
        (b"B", True),
    ]


@pytest.mark.parametrize("data", [b"\x05abcd", record(b"A", 1, 2)[:-1], record(b"", 1, 2)])
def test_what_is_no_record_is_damage(data):
    with pytest.raises(ArchiveError) as error:
        list(parse_folder(data))
    assert error.value.fault is ArchiveFault.DAMAGED


def test_interleaved_data_and_attributes_are_known():
    data = bytearray(record(b"A", 10, 2))
    data[1], data[26] = 3, 1
    found = parse_record(bytes(data))
    assert found.interleaved
    assert found.start == 13 * SECTOR
