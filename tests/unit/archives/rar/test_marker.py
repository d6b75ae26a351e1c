from __future__ import annotations

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.rar.marker import MAX_PROGRAM, RAR4, RAR5, Marker, find_marker
from tests.support.archives import Driver


def found(data):
    driver = Driver([data])
    return driver.run(find_marker(driver.volumes, 0))


def test_both_versions_are_told_apart():
    assert found(RAR4 + b"rest") == Marker("rar4", 7)
    assert found(RAR5 + b"rest") == Marker("rar5", 8)
    assert found(RAR4) == Marker("rar4", 7)


@pytest.mark.parametrize("program", [b"MZ" + bytes(5000), b"\x7fELF" + bytes(MAX_PROGRAM - 20)])
@pytest.mark.parametrize(("name", "marker"), [("rar4", RAR4), ("rar5", RAR5)])
def test_an_archive_behind_a_program_is_found(program, name, marker):
    assert found(program + marker + b"rest") == Marker(name, len(program + marker))


@pytest.mark.parametrize(
    "data",
    [b"", b"Rar!", RAR4[:-1], b"Rar!\x1a\x07\x02\x00", b"MZ" + bytes(100), b"x" + RAR4, b"7z"],
)
def test_what_does_not_start_so_is_no_archive(data):
    with pytest.raises(ArchiveError) as error:
        found(data)
    assert error.value.fault is ArchiveFault.NOT_AN_ARCHIVE


def test_a_program_is_searched_only_so_far():
    driver = Driver([b"MZ" + bytes(2 * MAX_PROGRAM) + RAR5])
    with pytest.raises(ArchiveError):
        driver.run(find_marker(driver.volumes, 0))
    assert driver.asked <= MAX_PROGRAM + 8


def test_an_archive_of_before_rar_1_5_is_known_but_not_supported():
    with pytest.raises(ArchiveError, match=r"before RAR 1\.5") as error:
        found(b"RE~^" + bytes(20))
    assert error.value.fault is ArchiveFault.UNSUPPORTED
