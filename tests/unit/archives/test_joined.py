from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.joined import Joined
from altmount.archives.model import Extent, Volume
from tests.support.archives import Driver


@given(st.lists(st.binary(max_size=6), min_size=1, max_size=6), st.data())
def test_bytes_and_extents_are_those_of_the_whole(pieces, data):
    whole = b"".join(pieces)
    start = data.draw(st.integers(0, len(whole)))
    size = data.draw(st.integers(0, len(whole) - start))
    driver = Driver(pieces)
    joined = Joined(driver.volumes)
    assert joined.size == len(whole)
    assert driver.run(joined.read(start, size)) == whole[start : start + size]
    extents = joined.extents(start, size)
    assert all(extent.size for extent in extents)
    found = (pieces[e.volume][e.start : e.start + e.size] for e in extents)
    assert b"".join(found) == whole[start : start + size]
    assert [joined.start_of(index) for index in range(len(pieces))] == [
        len(b"".join(pieces[:index])) for index in range(len(pieces))
    ]


@pytest.mark.parametrize(
    ("pieces", "fault"),
    [([b"abc"], ArchiveFault.TRUNCATED), ([b"abc", b"d"], ArchiveFault.VOLUMES_MISSING)],
)
def test_what_lies_past_the_end_is_missing(pieces, fault):
    driver = Driver(pieces)
    joined = Joined(driver.volumes)
    for asking in (lambda: driver.run(joined.read(2, 3)), lambda: joined.extents(2, 3)):
        with pytest.raises(ArchiveError) as error:
            asking()
        assert error.value.fault is fault
    assert driver.requests == 0


def test_after_a_volume_of_inferred_size_places_are_inferred():
    volumes = [Volume("a", 4), Volume("b", 4, inferred=True), Volume("c", 4)]
    assert Joined(volumes).extents(2, 9) == (
        Extent(0, 2, 2),
        Extent(1, 0, 4),
        Extent(2, 0, 3, inferred=True),
    )
