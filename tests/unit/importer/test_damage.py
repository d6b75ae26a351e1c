from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.importer.damage import holes_of, may_have_holes, tolerable
from altmount.importer.partsizes import Parts

LONG = Parts(((9_999, 700), (1, 5)))


@given(st.sets(st.integers(0, 30)), st.integers(1, 9))
def test_holes_are_the_bytes_of_what_is_missing(missing, last):
    parts = Parts(((30, 10), (1, last)))
    holes = holes_of(parts, missing)
    lost = {byte for hole in holes for byte in range(hole.start, hole.stop)}
    begins, sizes = list(parts.begins()), parts.sizes()
    assert lost == {begins[n] + byte for n in missing for byte in range(sizes[n])}
    assert all(one.stop < other.start for one, other in pairwise(holes))


@pytest.mark.parametrize(
    ("missing", "plays"),
    [
        (range(1), True),
        (range(100, 104), True),
        (range(100, 105), False),
        (range(0, 640, 10), True),
        (range(0, 650, 10), False),
    ],
)
def test_a_few_here_and_there_may_be_missing(missing, plays):
    assert tolerable(LONG, set(missing)) is plays


def test_no_more_than_a_fiftieth_may_be_missing():
    assert tolerable(Parts(((100, 10),)), {1, 50})
    assert not tolerable(Parts(((100, 10),)), {1, 50, 70})


def test_only_containers_that_play_on_may_have_holes():
    assert all(map(may_have_holes, ["a.mkv", "a.MP4", "a.m4v", "a.mov", "a.webm"]))
    assert not any(map(may_have_holes, ["a.avi", "a.ts", "a.rar", "a", "a.iso", "a.mkv.001"]))
