from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from altmount.streaming.history import MOST_KEPT, History, Viewed
from tests.support.viewers import FILM, NOON, Sent

MINUTE = timedelta(minutes=1)


def test_a_player_that_comes_back_soon_goes_on_with_the_same():
    history = History()
    history.add(Sent(sent=10), NOON + MINUTE)
    history.add(Sent(sent=5, since=NOON + 31 * MINUTE), NOON + 40 * MINUTE)
    [viewed] = history.viewed
    assert viewed == Viewed(FILM, 1000, NOON, NOON + 40 * MINUTE, 2, 15)
    history.add(Sent(sent=7, since=NOON + 71 * MINUTE), NOON + 80 * MINUTE)
    [viewed] = history.viewed
    assert viewed == Viewed(FILM, 1000, NOON + 71 * MINUTE, NOON + 80 * MINUTE, 1, 7)


def test_connections_that_overlap_began_with_the_older():
    history = History()
    history.add(Sent(sent=1, since=NOON + MINUTE), NOON + 2 * MINUTE)
    history.add(Sent(sent=1), NOON + 3 * MINUTE)
    assert [one.since for one in history.viewed] == [NOON]


def test_the_last_are_kept_the_latest_first():
    history = History()
    for number in range(MOST_KEPT + 3):
        history.add(replace(Sent(), viewer=FILM._replace(user=str(number))), NOON)
    history.add(Sent(viewer=FILM._replace(user="10")), NOON)
    users = [one.viewer.user for one in history.viewed]
    assert len(users) == MOST_KEPT
    assert users[:2] == ["10", str(MOST_KEPT + 2)]
    assert "2" not in users
