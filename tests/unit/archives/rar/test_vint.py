from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.rar.vint import Fields
from tests.support.rars import vint


@given(st.integers(0, 2**64 - 1), st.integers(1, 10), st.binary(max_size=4))
def test_a_number_is_read_however_long_it_is_written(value, size, rest):
    written = vint(value, size)
    fields = Fields(written + rest)
    assert fields.number() == value
    assert (fields.position, len(fields)) == (len(written), len(rest))


@pytest.mark.parametrize(
    "data", [b"", b"\x80", b"\xff" * 9, b"\x80" * 10, b"\x80" * 10 + b"\0", b"\xff" * 9 + b"\x02"]
)
def test_a_number_without_an_end_or_of_more_than_64_bits_is_damage(data):
    with pytest.raises(ArchiveError) as error:
        Fields(data).number()
    assert error.value.fault is ArchiveFault.DAMAGED
