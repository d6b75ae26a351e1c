from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.discs.ifo import MAX_CHAINS, longest_title
from altmount.archives.errors import ArchiveError, ArchiveFault
from tests.support.isos import title_set

GOOD = title_set(60, 5025, 300)


def test_the_longest_title_is_found():
    assert longest_title(GOOD) == 5025
    assert longest_title(title_set()) == 0
    assert longest_title(b"DVDVIDEO-VTS".ljust(2048, b"\0")) == 0


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"DVDVIDEO-VMG" + GOOD[12:], ArchiveFault.NOT_AN_ARCHIVE),
        (GOOD[:2050], ArchiveFault.DAMAGED),
        (GOOD[:2060], ArchiveFault.DAMAGED),
        (GOOD[:2085], ArchiveFault.DAMAGED),
        (GOOD.replace(b"\x01\x23\x45", b"\x01\x23\x4f"), ArchiveFault.DAMAGED),
    ],
)
def test_what_is_none_is_refused(data, fault):
    with pytest.raises(ArchiveError) as error:
        longest_title(data)
    assert error.value.fault is fault


def test_the_number_of_titles_is_bounded():
    assert longest_title(title_set(*[1] * MAX_CHAINS, 9000)) == 1


@given(st.integers(0, len(GOOD)), st.binary(max_size=6), st.integers(0, 8))
def test_damage_gives_an_error_of_its_kind_or_a_time(at, noise, cut):
    try:
        assert longest_title(GOOD[:at] + noise + GOOD[at + cut :]) >= 0
    except ArchiveError:
        return
