from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.spans import Span

numbers = st.integers(0, 50)


@given(numbers, numbers, numbers, numbers)
def test_an_overlap_holds_what_both_hold(a, b, c, d):
    one, other = Span(min(a, b), max(a, b)), Span(min(c, d), max(c, d))
    both = set(range(one.start, one.stop)) & set(range(other.start, other.stop))
    assert set(range(one.overlap(other).start, one.overlap(other).stop)) == both


@pytest.mark.parametrize(("start", "stop"), [(-1, 0), (2, 1)])
def test_what_is_not_a_span_cannot_be_made(start, stop):
    with pytest.raises(ValueError, match="not a span"):
        Span(start, stop)


def test_an_empty_span_is_false():
    assert not Span(3, 3)
    assert len(Span(3, 5)) == 2
