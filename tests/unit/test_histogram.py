from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altmount.histogram import Histogram

BOUNDS = (0.1, 1.0, 10.0)


@given(st.lists(st.one_of(st.floats(0, 20), st.sampled_from(BOUNDS))))
def test_each_bound_has_all_that_is_not_above_it(values):
    histogram = Histogram(BOUNDS)
    for value in values:
        histogram.add(value)
    wanted = [(bound, sum(value <= bound for value in values)) for bound in (*BOUNDS, float("inf"))]
    assert list(histogram.cumulative()) == wanted
    assert histogram.total == sum(values)
