from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altmount.aio.climb import Climb

ARTICLE = 700_000


def load(climb, seconds, *, rate_of, now=0.0):
    """Ask as much as the limit lets through, of a line that then delivers ``rate_of(limit)``.

    What was delivered, in bytes per second, and the time.
    """
    end, delivered, began = now + seconds, 0, now
    while now < end:
        now += ARTICLE / rate_of(climb.size)
        delivered += ARTICLE
        climb.hold_back()
        climb.answered(ARTICLE, now)
    return delivered / (now - began), now


def test_a_far_server_is_asked_for_much():
    climb = Climb(2, 60, 0.0)
    load(climb, 5, rate_of=lambda size: size * ARTICLE / 0.08)
    assert climb.size >= 30


def test_a_line_that_is_full_is_not_filled_further():
    climb = Climb(2, 60, 0.0)
    sizes = []
    now = 0.0
    for _ in range(100):
        rate, now = load(climb, 0.1, rate_of=lambda size: min(size, 4) * 100e6, now=now)
        sizes.append(climb.size)
    assert max(sizes) <= 8
    assert sizes.count(4) > 70  # the others are trials
    rate, _ = load(climb, 10, rate_of=lambda size: min(size, 4) * 100e6, now=now)
    assert rate > 0.95 * 400e6


def test_it_follows_a_line_that_changes_by_ten_times():
    climb = Climb(2, 60, 0.0)
    _, now = load(climb, 5, rate_of=lambda size: min(size, 32) * 10e6)
    assert climb.size >= 16
    _, now = load(climb, 30, rate_of=lambda size: min(size, 3) * 10e6, now=now)
    assert climb.size <= 8
    _, now = load(climb, 30, rate_of=lambda size: min(size, 32) * 10e6, now=now)
    assert climb.size >= 16


def flow(climb, seconds, *, round_trip, rate):
    """A line on which what was asked for under one limit comes under the next; bytes per second."""
    now, free, delivered, coming = 0.0, 0.0, 0, []
    while now < seconds:
        while len(coming) < climb.size:
            free = max(now + round_trip, free) + ARTICLE / rate
            coming.append(free)
        climb.hold_back()
        now = coming.pop(0)
        delivered += ARTICLE
        climb.answered(ARTICLE, now)
    return delivered / now


@given(st.sampled_from([0.005, 0.02, 0.08, 0.2]), st.sampled_from([5e6, 50e6, 500e6]))
def test_a_line_with_a_round_trip_is_kept_busy_and_not_more(round_trip, rate):
    climb = Climb(4, 200, 0.0)
    assert flow(climb, 60, round_trip=round_trip, rate=rate) > 0.85 * rate
    enough = 1 + round_trip * rate / ARTICLE
    assert climb.size <= 4 * enough


def test_what_was_never_held_back_says_nothing():
    climb, now = Climb(2, 60, 0.0), 0.0
    for _ in range(1000):
        now += 0.01
        climb.answered(ARTICLE, now)
    assert climb.size == 2


@given(
    st.integers(1, 80),
    st.integers(1, 80),
    st.lists(st.tuples(st.integers(1, 10**7), st.booleans(), st.floats(0, 1)), max_size=200),
)
def test_it_stays_within_bounds_whatever_happens(first, most, answers):
    climb, now = Climb(first, most, 0.0), 0.0
    for size, held_back, later in answers:
        now += later
        if held_back:
            climb.hold_back()
        climb.answered(size, now)
        assert 1 <= climb.size <= most
