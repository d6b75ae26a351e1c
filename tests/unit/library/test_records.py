from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.db.nodes import Effects, NodeRow, Place, Record, Shift
from altmount.library.records import (
    Deed,
    deed_from_json,
    deed_to_json,
    node_from_list,
    node_to_list,
    record_from_json,
    record_to_json,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

texts = st.text(st.characters(codec="utf-8"), max_size=20)
moments = st.integers(-(2**50), 2**50).map(lambda number: EPOCH + timedelta(microseconds=number))
numbers = st.integers(0, 2**60)
places = st.builds(Place, texts, texts)
rows = st.builds(
    NodeRow,
    *(texts, st.none() | texts, texts, moments, moments, st.none() | texts),
    *(st.none() | numbers, st.none() | texts, st.none() | numbers, st.none() | texts),
    st.none() | texts,
)
shifts = st.builds(Shift, texts, st.none() | places, places)
records = st.builds(
    Record,
    *(numbers, moments, texts, texts, texts, texts, texts, st.none() | texts, texts),
    st.lists(shifts, max_size=3).map(tuple),
    st.none() | numbers,
)


def some(each):
    return st.lists(each, max_size=3).map(tuple)


@given(records, some(texts), some(rows), some(texts), st.none() | texts, some(texts))
def test_a_deed_comes_back_as_it_was(record, drop, add, touch, release, gone):
    effects = Effects(record.at, drop, record.shifts, add, touch)
    deed = Deed(record, effects, release, gone)
    data = deed_to_json(deed)
    assert b"\n" not in data
    assert deed_from_json(data) == deed


@given(records, st.none() | numbers)
def test_what_was_done_comes_back_as_it_was(record, undone_by):
    record = replace(record, undone_by=undone_by)
    back = record_from_json(record_to_json(record))
    assert (back, back.undone_by) == (record, undone_by)


@given(rows)
def test_a_node_comes_back_as_it_was(row):
    assert node_from_list(json.loads(json.dumps(node_to_list(row)))) == row


def test_a_node_of_an_earlier_version_has_no_status():
    row = NodeRow("a", None, "b", EPOCH, EPOCH, "c", 0, None, 5, "d", "damaged")
    assert node_from_list(node_to_list(row)[:-1]) == row._replace(status=None)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"nonsense", b'{"number": 1}'])
def test_nonsense_is_an_error(data):
    with pytest.raises((ValueError, TypeError, KeyError)):
        deed_from_json(data)
