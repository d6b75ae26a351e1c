from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from altmount.sabnzbd.header import Space, Standing, header, pause_left

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("standing", "left"),
    [
        (Standing(), "0"),
        (Standing(paused=True), "0"),
        (Standing(paused=True, until=NOW + timedelta(seconds=605)), "10:05"),
        (Standing(paused=True, until=NOW), "0"),
        (Standing(paused=False, until=NOW + timedelta(seconds=605)), "0"),
    ],
)
def test_how_long_a_pause_lasts_is_minutes_and_seconds(standing, left):
    assert pause_left(standing, NOW) == left


def test_space_is_told_in_gigabytes_and_for_people():
    head = header(Standing(space=Space(2 * 1024**4, 1024**4 // 2)), NOW)
    assert (head["diskspacetotal1"], head["diskspace1"]) == ("2048.00", "512.00")
    assert head["diskspace1_norm"] == "512.0 G"
