from __future__ import annotations

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.fields import FixedFields


def test_fixed_fields_are_taken_in_order():
    fields = FixedFields(b"\x01\x02\x03abc")
    assert (fields.little(1), fields.little(2), fields.fixed(2)) == (1, 0x0302, b"ab")
    with pytest.raises(ArchiveError) as error:
        fields.fixed(2)
    assert error.value.fault is ArchiveFault.DAMAGED
    assert fields.fixed(1) == b"c"
