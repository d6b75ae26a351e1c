from __future__ import annotations

import logging

from altmount.logs.logger import logger_of


def test_a_line_keeps_its_sentence_and_its_fields(caplog):
    with caplog.at_level(logging.INFO):
        logger_of("a.b").warning("a connection was refused", provider="one", status=502)
    [record] = caplog.records
    assert record.name == "a.b"
    assert record.levelno == logging.WARNING
    assert record.msg == {
        "event": "a connection was refused",
        "provider": "one",
        "status": 502,
    }


def test_a_line_below_the_level_costs_nothing(caplog):
    with caplog.at_level(logging.WARNING):
        logger_of("a.b").info("unheard")
    assert caplog.records == []
