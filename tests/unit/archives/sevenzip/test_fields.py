from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.sevenzip.fields import MAX_COUNT, Fields, sections
from tests.support.sevenzips import bits, number


@given(st.integers(0, 2**63 - 1) | st.integers(0, 2**20), st.binary(max_size=3))
def test_a_number_is_read(value, rest):
    fields = Fields(number(value) + rest)
    assert fields.number() == value
    assert len(fields) == len(rest)


@pytest.mark.parametrize(
    ("data", "value"), [(b"\x7f", 127), (b"\x80\x80", 128), (b"\xc1\x02\x03", 0x10302)]
)
def test_numbers_are_laid_out_as_the_format_says(data, value):
    assert Fields(data).number() == value


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff" * 8, b"\xff" * 9])
def test_a_number_without_an_end_or_of_more_than_63_bits_is_damage(data):
    with pytest.raises(ArchiveError) as error:
        Fields(data).number()
    assert error.value.fault is ArchiveFault.DAMAGED


@given(st.lists(st.booleans(), max_size=40))
def test_bits_are_read(flags):
    assert Fields(bits(flags)).bits(len(flags)) == flags
    assert Fields(b"\0" + bits(flags)).optional_bits(len(flags)) == flags
    assert Fields(b"\1").optional_bits(len(flags)) == [True] * len(flags)


def test_a_count_is_bounded():
    assert Fields(number(MAX_COUNT)).count() == MAX_COUNT
    with pytest.raises(ArchiveError) as error:
        Fields(number(MAX_COUNT + 1)).count()
    assert error.value.fault is ArchiveFault.TOO_LARGE


def test_fields_end_where_the_header_does():
    fields = Fields(b"ab")
    assert (fields.byte(), fields.fixed(0)) == (ord("a"), b"")
    with pytest.raises(ArchiveError) as error:
        fields.fixed(2)
    assert error.value.fault is ArchiveFault.DAMAGED


def test_sections_end_at_their_mark_and_are_bounded():
    assert list(sections(Fields(b"\x01\x02\x00\x03"), 0)) == [1, 2]
    with pytest.raises(ArchiveError) as error:
        list(sections(Fields(b"\x01" * 999), 0))
    assert error.value.fault is ArchiveFault.TOO_LARGE
