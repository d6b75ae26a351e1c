from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altmount.nntp.misses import Misses
from tests.support.payloads import message_id

A, B = message_id(0), message_id(1)


def test_a_miss_is_remembered_for_a_time_and_for_that_storage():
    misses = Misses(seconds=10)
    assert not misses.lacks("one", A, 0.0)
    misses.note("one", A, 5.0)
    assert misses.lacks("one", A, 14.9)
    assert not misses.lacks("two", A, 14.9)
    assert not misses.lacks("one", B, 14.9)
    assert not misses.lacks("one", A, 15.0)
    assert len(misses) == 0


def test_the_oldest_go_when_there_are_too_many():
    misses = Misses(most=3)
    for index in range(3):
        misses.note("one", message_id(index), 0.0)
    misses.note("one", message_id(0), 1.0)
    misses.note("one", message_id(3), 2.0)
    assert [misses.lacks("one", message_id(index), 3.0) for index in range(4)] == [
        True,
        False,
        True,
        True,
    ]


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 6), st.floats(0, 5), st.booleans()),
        max_size=60,
    ),
    st.integers(1, 8),
)
def test_it_never_says_more_than_it_was_told(events, most):
    misses, told, now = Misses(seconds=10, most=most), {}, 0.0
    for storage, index, later, note in events:
        now += later
        if note:
            misses.note(storage, message_id(index), now)
            told[storage, index] = now
        elif misses.lacks(storage, message_id(index), now):
            assert now < told[storage, index] + 10
        assert len(misses) <= most
