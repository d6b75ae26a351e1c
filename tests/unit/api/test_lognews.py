from __future__ import annotations

import logging

import pytest

from altmount.api.lognews import LogNews
from altmount.logs.lines import RecentLines


@pytest.fixture
def lines():
    return RecentLines()


def say(lines, count, word="line"):
    for number in range(count):
        text = f"{word} {number}"
        lines.handle(logging.LogRecord("a", logging.INFO, "", 0, text, (), None))


async def looked(place):
    return [(one["type"], one["data"]) for one in await place.look()]


async def test_first_the_latest_are_told_and_then_what_comes(lines):
    say(lines, 60)
    place = LogNews(lines).enter(None)
    [(kind, latest)] = await looked(place)
    assert (kind, len(latest)) == ("initial", 50)
    assert [one["msg"] for one in latest[:2]] == ["line 59", "line 58"]
    assert await looked(place) == []
    say(lines, 2, "new")
    assert [(kind, one["msg"]) for kind, one in await looked(place)] == [
        ("update", "new 0"),
        ("update", "new 1"),
    ]
    assert place.mark == "62"


async def test_who_comes_back_is_told_what_it_missed(lines):
    place = LogNews(lines).enter(None)
    assert await looked(place) == [("initial", [])]
    say(lines, 3)
    back = LogNews(lines).enter("1")
    assert [one["id"] for _, one in await looked(back)] == [2, 3]
    say(lines, 500, "storm")
    assert [one["id"] for _, one in await looked(back)] == list(range(304, 504))


@pytest.mark.parametrize("mark", ["x", "²", "-1", "9" * 40, ""])
async def test_a_mark_that_is_none_is_that_of_who_comes_new(lines, mark):
    say(lines, 1)
    [(kind, _)] = await looked(LogNews(lines).enter(mark))
    assert kind == "initial"
