from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altmount.newsserver.answer import line, sliced, split

pieces = st.lists(st.binary(max_size=20), max_size=6)


@given(pieces, st.integers(0, 130))
def test_an_answer_is_split_where_it_is_said(pieces, at):
    before, after = split(pieces, at)
    whole = b"".join(pieces)
    assert (b"".join(before), b"".join(after)) == (whole[:at], whole[at:])


@given(pieces, st.integers(1, 9))
def test_slices_are_small_and_lose_nothing(pieces, size):
    slices = list(sliced(pieces, size))
    assert b"".join(slices) == b"".join(pieces)
    assert all(0 < len(piece) <= size for piece in slices)


def test_a_status_line_is_an_answer():
    assert line(205, "bye", closes=True).pieces == (b"205 bye\r\n",)
