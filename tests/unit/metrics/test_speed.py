from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altmount.metrics.speed import Speedometer


def noted(*pairs):
    meter = Speedometer(0.0, {"a": 0})
    for now, count in pairs:
        meter.note(now, {"a": count})
    return meter


def test_a_rate_is_over_the_last_ten_seconds():
    meter = noted(*((2.0 * n, 1000 * n) for n in range(1, 31)))
    assert meter.rate("a") == 500
    for n in range(31, 37):
        meter.note(2.0 * n, {"a": 30_000})
    assert meter.rate("a") == 0
    assert meter.peak("a") == 500


def test_a_moment_tells_no_rate():
    assert noted((1.0, 10_000)).rate("a") == 0
    assert noted((2.0, 10_000)).rate("a") == 5000


def test_one_that_is_new_starts_at_nothing():
    meter = noted((2.0, 10))
    meter.note(4.0, {"a": 10, "b": 400})
    assert meter.rate("b") == 100
    assert meter.day("b") == 400
    assert meter.rate("unknown") == 0


def test_a_day_forgets_what_was_before_it():
    meter = Speedometer(0.0, {"a": 0})
    for hour in range(1, 49):
        meter.note(hour * 3600.0, {"a": hour})
    assert meter.day("a") == 24


@given(st.lists(st.tuples(st.floats(0.1, 5), st.integers(0, 10**9)), max_size=60))
def test_it_keeps_little_and_no_rate_is_negative(steps):
    meter, now, count = Speedometer(0.0, {"a": 0}), 0.0, 0
    for seconds, more in steps:
        now, count = now + seconds, count + more
        meter.note(now, {"a": count})
        assert 0 <= meter.rate("a") <= meter.peak("a")
        assert meter.day("a") == count
    assert len(meter._recent) <= 12 / 0.1
