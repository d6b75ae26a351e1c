from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.iso.space import Run, Space
from altmount.archives.joined import Joined
from tests.support.archives import Driver

DATA = bytes(range(200))
runs = st.lists(
    st.builds(Run, st.none() | st.integers(0, 150), st.integers(0, 40)), min_size=1, max_size=8
)


@given(runs, st.data())
def test_any_part_is_that_of_the_whole(given_runs, data):
    whole = b"".join(
        bytes(run.size) if run.start is None else DATA[run.start : run.start + run.size]
        for run in given_runs
    )
    space = Space(given_runs)
    assert space.size == len(whole)
    start = data.draw(st.integers(0, len(whole)))
    size = data.draw(st.integers(0, len(whole) - start))
    driver = Driver([DATA])
    joined = Joined(driver.volumes)
    assert driver.run(space.read(joined, start, size)) == whole[start : start + size]
    if all(run.start is not None for run in given_runs if run.size):
        extents = space.extents(joined)
        assert b"".join(DATA[e.start : e.start + e.size] for e in extents) == whole


def test_runs_that_touch_are_one():
    assert Space([Run(0, 4), Run(4, 4), Run(9, 1)]).part(0, 9) == [Run(0, 8), Run(9, 1)]


def test_what_lies_outside_is_damage():
    with pytest.raises(ArchiveError) as error:
        Space([Run(0, 4)]).part(2, 3)
    assert error.value.fault is ArchiveFault.DAMAGED


def test_holes_have_no_extents():
    with pytest.raises(ArchiveError) as error:
        Space([Run(None, 4)]).extents(Joined(Driver([DATA]).volumes))
    assert error.value.fault is ArchiveFault.UNSUPPORTED
