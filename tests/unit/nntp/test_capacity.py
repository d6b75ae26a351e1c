from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altmount.nntp.capacity import Capacity


def test_P3_a_refusal_lowers_the_limit_and_trials_raise_it_one_by_one():
    capacity = Capacity(10)
    capacity.refused(4, now=100.0)
    assert capacity.allowed(100.0) == 4
    assert capacity.allowed(129.9) == 4
    assert capacity.allowed(1000.0) == 5  # time alone proves nothing about more than one
    capacity.accepted(5, 1000.0)
    assert capacity.allowed(1004.9) == 5
    assert capacity.allowed(1005.0) == 6


def test_a_trial_that_is_refused_makes_the_next_one_later():
    capacity, now = Capacity(10), 0.0
    capacity.refused(4, now)
    waits = []
    for _ in range(7):
        began = now
        while capacity.allowed(now) == 4:
            now += 1.0
        waits.append(now - began)
        capacity.refused(4, now)
    assert waits == [30, 60, 120, 240, 480, 600, 600]


def test_P3_one_connection_is_always_allowed():
    capacity = Capacity(3)
    capacity.refused(0, now=0.0)
    assert capacity.allowed(0.0) == 1


def test_another_limit_in_the_settings_keeps_what_was_learned():
    capacity = Capacity(10)
    capacity.limit = 20
    assert capacity.allowed(0.0) == 20
    capacity.refused(4, now=0.0)
    capacity.limit = 8
    assert capacity.allowed(0.0) == 4
    capacity.limit = 2
    assert capacity.allowed(1000.0) == 2


@given(
    st.integers(1, 50),
    st.lists(st.tuples(st.integers(0, 60), st.floats(0, 100), st.booleans()), max_size=20),
)
def test_P3_whatever_is_refused_the_limit_stays_within_bounds_and_comes_back(limit, events):
    capacity, now = Capacity(limit), 0.0
    for held, later, refused in events:
        now += later
        if refused:
            capacity.refused(min(held, limit), now)
        else:
            capacity.accepted(min(held, limit), now)
        assert 1 <= capacity.allowed(now) <= limit
    for _ in range(limit):
        now += 600
        capacity.accepted(capacity.allowed(now), now)
    assert capacity.allowed(now) == limit


@given(st.integers(1, 20), st.integers(1, 20), st.floats(0, 40))
def test_what_a_server_really_allows_is_found(limit, real, step):
    """A client that always wants more meets a server with a limit of its own."""
    capacity, held, now, refusals = Capacity(limit), 0, 0.0, 0
    for _ in range(2000):
        now += step + 0.1
        if held >= capacity.allowed(now):
            continue
        if held < real:
            held += 1
            capacity.accepted(held, now)
        else:
            refusals += 1
            capacity.refused(held, now)
    assert held == min(limit, real)
    assert refusals <= 7 + now / 600
