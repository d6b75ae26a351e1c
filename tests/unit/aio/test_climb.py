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
