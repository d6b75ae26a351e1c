from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.logs.limit import Kind, LimitedHandler, RateLimit, kind_of

KIND = Kind("nntp", logging.WARNING, "refused", "one")


class Kept(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


@pytest.fixture
def kept():
    return Kept()


@pytest.fixture
def handler(kept):
    return LimitedHandler(kept)


def record(text, *arguments, at=0.0, level=logging.INFO):
    made = logging.LogRecord("a", level, "", 0, text, arguments, None)
    made.created = at
    return made


def test_a_storm_of_one_line_becomes_five_and_a_count(handler, kept):
    for n in range(1000):
        handler.handle(record("%s refused: %d", "one", n, at=n / 1000))
    assert len(kept.lines) == 5
    handler.handle(record("quiet again", at=61))
    assert kept.lines[5:] == [
        "995 more lines like this were left out: %s refused: %d (one)",
        "quiet again",
    ]


def test_what_is_said_of_something_else_is_written(handler, kept):
    for name in ("one", "other"):
        for _ in range(10):
            handler.handle(record("%s refused", name))
    assert kept.lines == ["one refused"] * 5 + ["other refused"] * 5


def test_a_storm_over_many_things_is_bounded_too(handler, kept):
    for n in range(10_000):
        handler.handle(record("%s was cut off", n))
    assert len(kept.lines) == 200
    assert len(handler._limit._windows) <= 201


def test_the_next_minute_is_a_new_one(handler, kept):
    for minute in range(3):
        for _ in range(5):
            handler.handle(record("hm", at=minute * 61.0))
    assert kept.lines == ["hm"] * 15


def test_what_was_left_out_is_said_at_the_end_at_last(handler, kept):
    for _ in range(7):
        handler.handle(record("hm"))
    handler.close()
    assert kept.lines[-1] == "2 more lines like this were left out: hm"


def test_lines_with_fields_are_told_apart_by_what_they_are_about():
    said = record({"event": "refused", "provider": "one", "status": 502})
    assert kind_of(said) == Kind("a", logging.INFO, "refused", "one")
    assert kind_of(record({"event": "refused"})).about is None
    assert kind_of(record("plain")).about is None
    assert len(kind_of(record("%s", "x" * 10_000)).about) == 200


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([None, "x", "y"]), st.floats(0, 30)))
)
def test_every_line_is_written_or_counted(lines):
    limit, now, written, counted = RateLimit(), 0.0, 0, 0
    for text, about, seconds in lines:
        now += seconds
        counted += sum(count for _, count in limit.over(now))
        written += limit.admit(Kind("a", 20, text, about), now)
    counted += sum(count for _, count in limit.over(float("inf")))
    assert written + counted == len(lines)
    assert limit.admit(KIND, now)


def test_a_storm_of_different_lines_takes_a_bounded_memory(handler, kept):
    for n in range(30_000):
        handler.handle(record(f"line {n}"))
    assert len(kept.lines) == 30_000
    assert len(handler._limit._windows) <= 10_002
