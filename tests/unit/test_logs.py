from __future__ import annotations

import json
import logging

import pytest

from altmount import logs


@pytest.fixture(autouse=True)
def _as_before():
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:], root.level = handlers, level


def test_the_file_has_a_json_object_a_line_and_nothing_below_the_level(tmp_path):
    file = tmp_path / "logs" / "altmount.log"
    logs.set_up("info", file, max_megabytes=1, backups=1)
    logging.getLogger("a.b").debug("unheard")
    logging.getLogger("a.b").info("said %d\ntwice", 2)
    try:
        raise ValueError("why")
    except ValueError:
        logging.getLogger("a.b").exception("failed")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["msg"] for line in lines] == ["said 2\ntwice", "failed"]
    assert lines[0]["level"] == "INFO"
    assert "ValueError: why" in lines[1]["error"]


def test_without_a_file_there_is_the_console(capsys):
    logs.set_up("warn", None, max_megabytes=0, backups=0)
    logging.getLogger("x").warning("seen")
    assert "seen" in capsys.readouterr().err
