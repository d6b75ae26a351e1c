from __future__ import annotations

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.logs import lines as module
from altmount.logs.lines import RecentLines, keeping_lines, last_lines
from altmount.logs.logger import logger_of


@pytest.fixture
def log():
    log = logging.getLogger("lines")
    log.setLevel(logging.DEBUG)
    return log


def texts(found):
    return [line.fields["msg"] for line in found]


def test_lines_of_every_level_are_kept_with_their_fields(log):
    with keeping_lines(None) as recent:
        log.debug("a detail")
        logger_of("lines").warning("a sentence", provider="p")
        try:
            raise ValueError("why")
        except ValueError:
            log.exception("%s failed", "it")
    log.error("afterwards")
    failed, said, detail = recent.find(logging.DEBUG, limit=10)
    assert (detail.number, said.number, failed.number, recent.last) == (1, 2, 3, 3)
    assert (detail.fields["msg"], detail.fields["level"]) == ("a detail", "DEBUG")
    assert (said.fields["msg"], said.fields["provider"]) == ("a sentence", "p")
    assert "ValueError: why" in failed.fields["error"]


def test_they_are_found_by_level_and_by_what_they_say(log):
    with keeping_lines(None) as recent:
        log.info("It is there")
        log.warning("it is late")
        logger_of("lines").error("it failed", path='/Größe "x"')
        log.debug("level is no word of it")
    assert texts(recent.find(logging.WARNING, limit=10)) == ["it failed", "it is late"]
    assert texts(recent.find(logging.DEBUG, "IT IS", limit=10)) == ["it is late", "It is there"]
    assert texts(recent.find(logging.DEBUG, 'GRÖSSE "X', limit=10)) == ["it failed"]
    assert texts(recent.find(logging.DEBUG, "logger", limit=10)) == []
    assert texts(recent.find(logging.DEBUG, limit=1)) == ["level is no word of it"]
    assert texts(recent.find(logging.DEBUG, before=2, limit=9)) == ["It is there"]


@given(st.integers(0, 30), st.integers(-3, 40))
def test_what_is_newer_than_a_line_is_what_came_after_it(count, number):
    recent = RecentLines()
    for each in range(count):
        recent.handle(logging.LogRecord("a", 20, "", 0, f"line {each + 1}", (), None))
    found = [line.number for line in recent.since(number)]
    assert found == [each for each in range(1, count + 1) if each > number]


def test_the_oldest_go_first_and_a_huge_one_is_left_out(log, monkeypatch):
    monkeypatch.setattr(module, "MOST_KEPT", 3)
    with keeping_lines(None) as recent:
        for number in range(5):
            log.info("line %s", "abcde"[number])
        log.info("%s", "x" * 200_000)
    assert texts(recent.since(0)) == ["line c", "line d", "line e"]
    assert recent.last == 5
    monkeypatch.setattr(module, "_MOST_LETTERS", 300)
    with keeping_lines(None) as recent:
        for letter in "abc":
            log.info("%s", letter * 120)
    assert texts(recent.since(0)) == ["c" * 120]


def test_a_storm_of_the_same_does_not_push_out_the_rest(log):
    with keeping_lines(None) as recent:
        log.error("what matters")
        for _ in range(3000):
            log.info("again")
    assert "what matters" in texts(recent.since(0))


def test_secrets_are_left_out(log):
    with keeping_lines(None) as recent:
        log.warning("GET /api?apikey=0123456789abcdef0123456789abcdef")
    assert "0123456789abcdef" not in recent.since(0)[0].text


def test_it_begins_with_the_end_of_the_log_file(tmp_path, log, monkeypatch):
    file = tmp_path / "altmount.log"
    good = {"time": "2026-01-01T00:00:00.000+00:00", "level": "INFO", "logger": "a", "msg": "ä"}
    rows = [json.dumps(good | {"msg": f"line {number}"}) for number in range(50)]
    other = ["", "junk", "[]", '{"level": "LOUD"}', '{"level": ["INFO"]}', '{"level": "INFO"}']
    file.write_text("\n".join([*rows, *other, json.dumps(good), '{"time": "20']))
    with keeping_lines(file) as recent:
        log.warning("now")
    assert texts(recent.since(0))[-3:] == ["line 49", "ä", "now"]
    assert len(recent.since(0)) == recent.last == 52
    monkeypatch.setattr(module, "_TAIL_BYTES", 500)
    last = [json.loads(line.text)["msg"] for line in last_lines(file)]
    assert last[-1] == "ä"
    assert last[0].startswith("line 4")
    assert list(last_lines(tmp_path / "none.log")) == []
