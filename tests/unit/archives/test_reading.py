from __future__ import annotations

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import Volume
from altmount.archives.parser import Read
from altmount.archives.reading import take
from altmount.spans import Span
from tests.support.archives import Driver


def test_what_was_asked_for_is_taken():
    driver = Driver([b"abc", b"0123456789"])
    assert driver.run(take(driver.volumes, 1, 2, 5)) == b"23456"
    assert driver.run(take(driver.volumes, 1, 10, 0)) == b""


def test_what_lies_past_the_end_is_not_asked_for():
    driver = Driver([b"0123456789"])
    with pytest.raises(ArchiveError, match="v0 ends before byte 11") as error:
        driver.run(take(driver.volumes, 0, 6, 5))
    assert error.value.fault is ArchiveFault.TRUNCATED
    assert driver.requests == 0


def test_a_volume_of_inferred_size_may_be_larger_but_not_smaller():
    asking = take((Volume("v0", 3, inferred=True),), 0, 2, 4)
    assert next(asking) == Read(0, Span(2, 6))
    with pytest.raises(StopIteration) as end:
        asking.send(b"2345")
    assert end.value.value == b"2345"
    asking = take((Volume("v0", 3, inferred=True),), 0, 2, 4)
    next(asking)
    with pytest.raises(ArchiveError) as error:
        asking.send(b"234")
    assert error.value.fault is ArchiveFault.TRUNCATED
