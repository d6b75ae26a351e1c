from __future__ import annotations

import json
import logging

import pytest

from altmount.logs.logger import logger_of
from altmount.logs.rotation import Retention
from altmount.logs.setup import set_up


@pytest.fixture(autouse=True)
def _as_before():
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:], root.level = handlers, level


def to_file(file, level="info"):
    set_up(level, json_console=False, file=file, retention=Retention())
    return lambda: [json.loads(line) for line in file.read_text().splitlines()]


def to_console(level="info", *, json_console=False):
    set_up(level, json_console=json_console, file=None, retention=Retention())


def test_the_file_has_a_json_object_a_line_and_nothing_below_the_level(tmp_path):
    lines = to_file(tmp_path / "logs" / "altmount.log")
    logging.getLogger("a.b").debug("unheard")
    logging.getLogger("a.b").info("said %d\ntwice", 2)
    try:
        raise ValueError("why")
    except ValueError:
        logging.getLogger("a.b").exception("failed")
        logger_of("a.b").exception("failed too", path="/x")
    assert [line["msg"] for line in lines()] == ["said 2\ntwice", "failed", "failed too"]
    assert lines()[0]["level"] == "INFO"
    assert "error" not in lines()[0]
    assert "ValueError: why" in lines()[1]["error"]
    assert "ValueError: why" in lines()[2]["error"]


def test_fields_stand_beside_the_sentence(tmp_path):
    lines = to_file(tmp_path / "altmount.log")
    logger_of("altmount.nntp").warning("refused", provider="one", status=502)
    [line] = lines()
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "logger": "altmount.nntp",
        "msg": "refused",
        "provider": "one",
        "status": 502,
    }


def test_without_a_file_there_is_the_console(capsys):
    to_console("warn")
    logging.getLogger("x").warning("seen")
    logger_of("x").warning("refused", provider="one")
    said = capsys.readouterr().err.splitlines()
    assert "seen" in said[0]
    assert "refused" in said[1]
    assert "provider=one" in said[1]
    assert "\x1b" not in "".join(said)


def test_the_console_may_have_json_too(capsys):
    to_console(json_console=True)
    logging.getLogger("x").info("seen")
    assert json.loads(capsys.readouterr().err)["msg"] == "seen"


def test_secrets_do_not_get_in(tmp_path):
    lines = to_file(tmp_path / "altmount.log")
    logging.getLogger("x").info("GET /api?apikey=%s", "s3cret")
    logger_of("x").info("took", url="http://me:s3cret@host/")
    try:
        raise ValueError("http://me:s3cret@host/")
    except ValueError:
        logging.getLogger("x").exception("failed")
    assert "s3cret" not in str(lines())


def test_a_storm_is_a_few_lines(tmp_path):
    lines = to_file(tmp_path / "altmount.log")
    for _ in range(500):
        logger_of("x").warning("refused", provider="one")
    assert len(lines()) == 5
    logging.getLogger().handlers[0].close()
    assert lines()[-1]["msg"] == "495 more lines like this were left out: refused (one)"


def test_what_cannot_be_written_as_json_does_not_break_anything(tmp_path):
    lines = to_file(tmp_path / "altmount.log")
    logger_of("x").info("odd", what=object(), name="\udc80")
    assert lines()[0]["msg"] == "odd"
