from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.newsserver.bucket import Bucket


def test_without_a_rate_nobody_waits():
    assert Bucket(0).reserve(10**12, 5.0) == 0


def test_bytes_take_their_time_one_after_the_other():
    bucket = Bucket(1000)
    bucket.reserve(5, 100.0)  # what was saved up
    assert [bucket.reserve(1000, 100.0) for _ in range(3)] == pytest.approx([1, 2, 3])


@given(
    st.integers(1000, 10**9),
    st.lists(st.tuples(st.integers(1, 10**6), st.floats(0, 0.02)), min_size=1, max_size=50),
)
def test_the_rate_is_kept_however_late_the_timers_fire(rate, sends):
    bucket, now, sent = Bucket(rate), 50.0, 0
    for size, late in sends:
        now += bucket.reserve(size, now)
        sent += size
        # The last byte has gone through only when it has had its time, but for the credit.
        assert now - 50.0 >= sent / rate - 0.006
        now += late


def test_a_timer_that_fires_a_little_late_loses_nothing():
    bucket, now = Bucket(1000), 50.0
    for _ in range(100):
        now += bucket.reserve(10, now) + 0.001
    assert now - 50.0 < 1.01


@pytest.mark.parametrize(("rate", "size"), [(1, 4096), (50e6, 100_000), (1e12, 262_144)])
def test_a_slice_is_two_milliseconds_within_bounds(rate, size):
    assert Bucket(rate).slice == size
