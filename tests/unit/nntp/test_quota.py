from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altmount.nntp.quota import Quota, Usage

HOUR = 3600.0


def test_it_is_used_up_at_its_limit_and_free_again_after_the_period():
    quota = Quota(100, HOUR, Usage(0, 1000.0))
    quota.used += 99
    assert not quota.used_up(1000.0)
    quota.used += 1
    assert quota.used_up(1000.0)
    assert quota.resets_at == 1000.0 + HOUR
    assert quota.used_up(1000.0 + HOUR - 1)
    assert not quota.used_up(1000.0 + HOUR)
    assert quota.usage(1000.0 + HOUR) == Usage(0, 1000.0 + HOUR)


def test_a_block_account_has_no_period():
    quota = Quota(100, 0, Usage(100, 0.0))
    assert quota.used_up(1e12)
    assert quota.resets_at is None
    quota.reset(2e9)
    assert not quota.used_up(2e9)


def test_without_a_limit_it_is_only_counted():
    quota = Quota(0, 0, Usage(0, 0.0))
    quota.used += 1 << 50
    assert not quota.used_up(5.0)
    assert quota.usage(5.0).used == 1 << 50


def test_a_clock_that_was_set_back_does_not_make_the_period_longer():
    quota = Quota(100, HOUR, Usage(100, 1_000_000.0))
    assert quota.used_up(500.0)
    assert quota.resets_at == 500.0 + HOUR


@given(
    st.integers(1, 1000),
    st.floats(1, 1e6),
    st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 500)), max_size=30),
)
def test_no_period_is_counted_twice_and_none_begins_in_the_future(limit, period, events):
    quota, now, model, began = Quota(limit, period, Usage(0, 0.0)), 0.0, 0, 0.0
    for later, used in events:
        now += later
        usage = quota.usage(now)
        if usage.since != began:
            model, began = 0, usage.since
        quota.used += used
        model += used
        assert quota.used == model
        assert usage.since <= now < usage.since + period * 1.000001
        assert quota.used_up(now) == (model >= limit)
