from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.articles import parse_message_id
from altmount.errors import InvalidRequestError
from altmount.nzb.columns import Columns


def arranged(rows):
    columns = Columns()
    for number, name in rows:
        columns.add(number, "7", name)
    assert len(columns) == len(rows)
    segments = columns.segments()
    return {number: segments.message_id(at) for at, number in enumerate(segments.numbers)}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], {}),
        ([("1", "a"), ("2", "b")], {1: "a", 2: "b"}),
        ([("2", "b"), ("1", "a")], {1: "a", 2: "b"}),
        ([("1", "a"), ("1", "b")], {1: "a"}),
        ([("1", "a"), ("2", "a")], {1: "a"}),
        ([("1", "a"), ("2", "a"), ("2", "b")], {1: "a", 2: "b"}),
        ([(None, "a"), (None, "b")], {1: "a", 2: "b"}),
        ([("", "a"), ("x", "b"), ("-1", "c"), ("99999999999", "d")], dict(zip(count(1), "abcd"))),
        ([("1", "a"), (None, "b"), ("3", "c")], {1: "a", 2: "b", 3: "c"}),
        ([(None, "b"), ("1", "a"), (None, "c")], {1: "a", 2: "b", 3: "c"}),
        ([("0", "a"), ("1", "b"), ("2", "c")], {1: "a", 2: "b", 3: "c"}),
        ([("0", "a"), ("0", "b"), ("0", "c")], {1: "a", 2: "b", 3: "c"}),
        ([("0", "a")], {1: "a"}),
        ([("1", "a"), ("2", "no id"), ("3", "c")], {1: "a", 3: "c"}),
        ([("1", "a"), ("2", "no id"), ("2", "b")], {1: "a", 2: "b"}),
        ([("1", "no id"), (None, "b")], {2: "b"}),
        ([(None, "no id"), (None, "b")], {2: "b"}),
        ([("1", "<a>"), ("2", " a ")], {1: "a"}),
    ],
)
def test_rows_become_columns_without_doubles(rows, expected):
    assert arranged(rows) == expected


def test_rows_in_great_number_stay_in_step():
    rows = [(str(number), f"{number}@x") for number in range(1, 10_001)]
    assert arranged(rows) == {number: f"{number}@x" for number in range(1, 10_001)}
    assert arranged(rows[::-1]) == arranged(rows)


@given(st.text(max_size=5) | st.text(st.sampled_from("a<> \x7f!~é"), max_size=260))
def test_message_ids_are_checked_as_everywhere(text):
    try:
        expected = {1: parse_message_id(text)}
    except InvalidRequestError:
        expected = {}
    text.encode()
    assert arranged([("1", text)]) == expected


@given(st.lists(st.tuples(st.none() | st.integers(0, 9).map(str), st.sampled_from("abcd "))))
def test_arranging_again_changes_nothing(rows):
    once = arranged(rows)
    assert arranged([(str(number), name) for number, name in once.items()]) == once
    assert set(once.values()) <= {name for _, name in rows}
