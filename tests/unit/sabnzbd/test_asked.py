from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.sabnzbd.asked import MOST_NAMED, Asked


def test_the_first_parameter_that_says_anything_counts():
    asked = Asked({"cat": " ", "category": " tv "})
    assert asked.text("cat", "category") == "tv"
    assert asked.text("missing") == ""


@pytest.mark.parametrize(
    ("text", "number", "integer"),
    [
        ("7", 7, 7),
        (" 60 ", 60, 60),
        ("-100", 0, -100),
        ("", 0, None),
        ("1.5", 0, None),
        ("²", 0, None),
        ("٣", 0, None),
        ("--1", 0, None),
        ("9" * 20, 0, None),
    ],
)
def test_what_is_no_number_counts_as_none(text, number, integer):
    asked = Asked({"limit": text})
    assert (asked.number("limit"), asked.integer("limit")) == (number, integer)


@pytest.mark.parametrize(
    ("text", "wanted"), [("1", True), ("True", True), ("yes", True), ("0", False), ("", False)]
)
def test_a_flag_is_set_by_a_few_words(text, wanted):
    assert Asked({"failed_only": text}).flag("failed_only") is wanted


def test_what_stands_between_commas_is_taken_once_each():
    assert Asked({"value": "a, b,,a ,c"}).several("value") == ["a", "b", "c"]
    assert Asked({}).several("value") == []
    many = ",".join(map(str, range(5000)))
    assert len(Asked({"value": many}).several("value")) == MOST_NAMED


@given(st.text())
def test_nothing_breaks_it(text):
    asked = Asked({"a": text})
    assert 0 <= asked.number("a") < 10**9
    assert all(part == part.strip() != "" for part in asked.several("a"))
    assert asked.integer("a") is None or abs(asked.integer("a")) < 10**9
