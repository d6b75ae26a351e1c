from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altmount.nntp.capacity import Capacity


def test_P3_a_refusal_lowers_the_limit_and_time_raises_it_again():
    capacity = Capacity(10)
    capacity.refused(4, now=100.0)
    assert capacity.allowed(100.0) == 4
    assert capacity.allowed(131.0) == 5
    assert capacity.allowed(1000.0) == 10


def test_P3_one_connection_is_always_allowed():
    capacity = Capacity(3)
    capacity.refused(0, now=0.0)
    assert capacity.allowed(0.0) == 1


@given(st.integers(1, 50), st.lists(st.tuples(st.integers(0, 60), st.floats(0, 100)), max_size=20))
def test_whatever_is_refused_the_limit_stays_within_bounds(limit, refusals):
    capacity, now = Capacity(limit), 0.0
    for held, later in refusals:
        now += later
        capacity.refused(held, now)
        assert 1 <= capacity.allowed(now) <= limit
    assert capacity.allowed(now + 30 * limit) == limit
