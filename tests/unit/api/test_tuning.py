from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.api.tuning import DEPTHS, recommend


@pytest.mark.parametrize(
    ("speeds", "depth", "worthwhile"),
    [
        ((10, 12, 18, 18), 8, True),
        ((10, 10.5, 10.9, 10.2), 1, False),
        ((10, 9, 8, 7), 1, False),
        ((10, 11, 10, 10), 4, True),
        ((0, 5, 5, 5), 10, False),
    ],
)
def test_the_smallest_depth_that_is_as_fast_as_the_fastest(speeds, depth, worthwhile):
    found = recommend(dict(zip(DEPTHS, speeds, strict=True)), current=10)
    assert (found.depth, found.worthwhile) == (depth, worthwhile)
    assert bool(found.warning) == (speeds[0] == 0)


def test_the_improvement_is_in_percent():
    assert recommend({1: 10, 8: 18}, 10).improvement == pytest.approx(80)
    assert recommend({}, 10).improvement == 0


@given(st.dictionaries(st.sampled_from(DEPTHS), st.floats(0, 1e9)), st.integers(1, 100))
def test_what_is_recommended_is_never_slower_than_what_was_measured_without(speeds, current):
    found = recommend(speeds, current)
    if found.warning:
        assert found.depth == current
        assert not found.worthwhile
    else:
        assert found.depth == 1 or speeds[found.depth] == found.best >= found.baseline * 1.1
