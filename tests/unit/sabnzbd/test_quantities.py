from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.sabnzbd.quantities import duration, gigabytes, megabytes, units


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KB"),
        (12_800, "12 KB"),
        (1024**2, "1.0 MB"),
        (1024**3 * 3 // 2, "1.5 GB"),
        (1024**6, "1024.0 PB"),
    ],
)
def test_sizes_are_read_by_people(number, said):
    assert units(number, "B") == said


def test_a_number_without_a_unit_keeps_the_space():
    assert units(0) == "0 "
    assert units(1.3 * 1024**2) == "1.3 M"


def test_megabytes_and_gigabytes_have_two_decimals():
    assert megabytes(1024**2 * 5 // 4) == "1.25"
    assert gigabytes(1024**3 * 7) == "7.00"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0:00:00"),
        (-5, "0:00:00"),
        (1, "0:00:01"),
        (3_661, "1:01:01"),
        (86_399, "23:59:59"),
        (86_400, "1:00:00:00"),
        (90_061, "1:01:01:01"),
        (float("inf"), "0:00:00"),
        (float("nan"), "0:00:00"),
    ],
)
def test_a_time_is_as_clients_read_it(seconds, said):
    assert duration(seconds) == said


@given(st.floats(0.5, 86_400 * 900))
def test_clients_read_the_time_that_was_meant(seconds):
    """Sonarr splits at colons, and takes three or four whole numbers."""
    *days, hours, minutes, rest = map(int, duration(seconds).split(":"))
    assert minutes < 60
    assert rest < 60
    read = (sum(days) * 24 + hours) * 3600 + minutes * 60 + rest
    assert abs(read - seconds) <= 1
