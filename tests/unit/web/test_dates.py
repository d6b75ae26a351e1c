from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.web.dates import http_date, parse_http_date


@given(st.datetimes(datetime(1000, 1, 2), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_date_written_is_read_again_in_whole_seconds(moment):
    assert parse_http_date(http_date(moment)) == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ],
)
def test_all_three_forms_are_read(text):
    assert parse_http_date(text) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


def test_two_digits_are_a_year_of_this_century_up_to_69():
    assert parse_http_date("Sunday, 06-Nov-69 08:49:37 GMT").year == 2069
    assert parse_http_date("Sunday, 06-Nov-70 08:49:37 GMT").year == 1970


def test_a_leap_second_is_a_date():
    assert parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT").second == 59


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 +0200",
        "sun, 06 nov 1994 08:49:37 gmt",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov \u0661\u0669\u0669\u0664 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT\n",
    ],
)
def test_anything_else_is_no_date(text):
    assert parse_http_date(text) is None


def test_a_date_is_written_in_universal_time():
    moment = datetime(2024, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert http_date(moment) == "Thu, 29 Feb 2024 23:30:00 GMT"
