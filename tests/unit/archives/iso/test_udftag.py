from __future__ import annotations

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.iso.udftag import tag_of
from tests.support.isos import descriptor

DATA = descriptor(257, b"content", 5)


def test_a_descriptor_is_known_by_its_tag():
    assert tag_of(DATA) == tag_of(DATA + b"padding") == 257


@pytest.mark.parametrize("at", range(len(DATA)))
def test_every_byte_of_it_is_checked(at):
    if at != 5:  # reserved, and yet in the sum
        wrong = DATA[:at] + bytes((DATA[at] ^ 1,)) + DATA[at + 1 :]
        with pytest.raises(ArchiveError) as error:
            tag_of(wrong)
        assert error.value.fault is ArchiveFault.DAMAGED


@pytest.mark.parametrize("size", [0, 4, 15, len(DATA) - 1])
def test_one_that_is_cut_off_is_damage(size):
    with pytest.raises(ArchiveError) as error:
        tag_of(DATA[:size])
    assert error.value.fault is ArchiveFault.DAMAGED
