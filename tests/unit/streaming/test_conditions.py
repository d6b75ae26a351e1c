from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.streaming.conditions import Conditions, Validators, Verdict
from altmount.web.dates import http_date

NOW = datetime(2024, 2, 29, 12, 30, 15, 500_000, tzinfo=UTC)
CURRENT = Validators("v1", NOW)
EARLIER, SAME, LATER = (http_date(NOW + timedelta(seconds=n)) for n in (-1, 0, 1))

SEND, UNCHANGED, FAILED = Verdict.SEND, Verdict.UNCHANGED, Verdict.FAILED


@pytest.mark.parametrize(
    ("header", "value", "verdict"),
    [
        ("if_match", '"v1"', SEND),
        ("if_match", "*", SEND),
        ("if_match", ' "v0" , "v1"', SEND),
        ("if_match", '"v0"', FAILED),
        ("if_match", 'W/"v1"', FAILED),
        ("if_match", "v1", FAILED),
        ("if_match", "", FAILED),
        ("if_unmodified_since", EARLIER, FAILED),
        ("if_unmodified_since", SAME, SEND),
        ("if_unmodified_since", LATER, SEND),
        ("if_unmodified_since", "yesterday", SEND),
        ("if_none_match", '"v1"', UNCHANGED),
        ("if_none_match", 'W/"v1"', UNCHANGED),
        ("if_none_match", "*", UNCHANGED),
        ("if_none_match", ',, "a,b" ,W/"v1"', UNCHANGED),
        ("if_none_match", '"v0"', SEND),
        ("if_none_match", '"v1', SEND),
        ("if_none_match", "v1", SEND),
        ("if_modified_since", EARLIER, SEND),
        ("if_modified_since", SAME, UNCHANGED),
        ("if_modified_since", LATER, UNCHANGED),
        ("if_modified_since", "yesterday", SEND),
    ],
)
def test_a_single_condition(header, value, verdict):
    assert Conditions(**{header: value}).verdict(CURRENT) is verdict


@pytest.mark.parametrize(
    ("conditions", "verdict"),
    [
        (Conditions(), SEND),
        # A tag outweighs a date.
        (Conditions(if_match='"v1"', if_unmodified_since=EARLIER), SEND),
        (Conditions(if_none_match='"v0"', if_modified_since=LATER), SEND),
        # What the client wants comes before what it has.
        (Conditions(if_match='"v0"', if_none_match='"v1"'), FAILED),
        (Conditions(if_match='"v1"', if_none_match='"v1"'), UNCHANGED),
        (Conditions(if_unmodified_since=EARLIER, if_none_match='"v1"'), FAILED),
    ],
)
def test_conditions_are_weighed_in_the_order_of_the_rfc(conditions, verdict):
    assert conditions.verdict(CURRENT) is verdict


@pytest.mark.parametrize(
    ("if_range", "apply"),
    [
        (None, True),
        ('"v1"', True),
        ('W/"v1"', False),
        ('"v0"', False),
        ('"v1", "v0"', False),
        ("*", False),
        ("", False),
        (SAME, True),
        (EARLIER, False),
        (LATER, False),
        ("yesterday", False),
    ],
)
def test_ranges_count_only_for_the_version_that_the_client_holds(if_range, apply):
    assert Conditions(if_range=if_range).ranges_apply(CURRENT) is apply


tags = st.text(st.characters(min_codepoint=0x23, max_codepoint=0x7E), max_size=5)


@given(st.lists(st.tuples(st.booleans(), tags), max_size=5), tags)
def test_a_list_of_tags_names_what_is_in_it(listed, etag):
    header = ", ".join(f'{"W/" if weak else ""}"{tag}"' for weak, tag in listed)
    current = Validators(etag, NOW)
    unchanged = etag in [tag for _, tag in listed]
    matches = (False, etag) in listed
    assert (Conditions(if_none_match=header).verdict(current) is UNCHANGED) == unchanged
    assert (Conditions(if_match=header).verdict(current) is SEND) == matches


@given(st.text(max_size=30))
def test_no_text_makes_it_fail(text):
    Conditions(text, text, text, text, text).verdict(CURRENT)
    Conditions(if_range=text).ranges_apply(CURRENT)
