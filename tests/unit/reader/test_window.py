from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altmount.reader.window import Window

ARTICLE = 700_000


def read(window, seconds, *, rate_of, client_rate=float("inf"), now=0.0):
    """Read for a while over a line that delivers ``rate_of(window)`` bytes a second."""
    end = now + seconds
    while now < end:
        rate = rate_of(window.size)
        now += ARTICLE / min(rate, client_rate)
        window.took(ARTICLE, waited=rate <= client_rate, now=now)
    return now


def test_a_far_server_is_answered_with_a_wide_window():
    window = Window(2, 60, 0.0)
    read(window, 5, rate_of=lambda size: size * ARTICLE / 0.08)
    assert window.size == 60


def test_a_line_that_is_full_is_not_filled_further():
    window = Window(2, 60, 0.0)
    read(window, 5, rate_of=lambda size: min(size, 4) * 100e6)
    assert window.size in {4, 8}  # 8 only while it tries


def test_a_client_that_takes_its_time_keeps_it_small():
    window = Window(2, 60, 0.0)
    read(window, 60, rate_of=lambda _: 100e6, client_rate=1e6)
    assert window.size == 2


def test_a_line_that_gets_better_is_noticed():
    window = Window(2, 60, 0.0)
    now = read(window, 5, rate_of=lambda _: 10e6)
    assert window.size <= 4
    read(window, 10, rate_of=lambda size: size * 10e6, now=now)
    assert window.size >= 30


@given(
    st.integers(1, 80),
    st.integers(1, 80),
    st.lists(st.tuples(st.integers(1, 10**7), st.booleans(), st.floats(0, 1)), max_size=200),
)
def test_it_stays_within_bounds_whatever_happens(first, most, taken):
    window, now = Window(first, most, 0.0), 0.0
    for size, waited, later in taken:
        now += later
        window.took(size, waited=waited, now=now)
        assert 1 <= window.size <= most
