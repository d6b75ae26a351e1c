from __future__ import annotations

import logging

from altmount.logs.logger import logger_of
from altmount.logs.recent import MOST_KEPT, keeping_warnings


def test_the_latest_warnings_are_kept_and_nothing_less_important():
    log = logging.getLogger("recent")
    with keeping_warnings() as recent:
        log.info("nothing")
        log.warning("%s is late", "it")
        recent.handle(logging.LogRecord("a", logging.ERROR, "", 0, "wrong %d", ("x",), None))
        logger_of("recent.more").warning("a sentence", provider="p")
        texts = [(one.level, one.text) for one in recent.all()]
    log.warning("afterwards")
    assert texts == [
        ("WARNING", "it is late"),
        ("ERROR", "wrong %d"),
        ("WARNING", "a sentence"),
    ]
    assert len(recent.all()) == 3
    recent.clear()
    assert recent.all() == ()


def test_no_more_than_some_are_kept_and_none_is_endless():
    log = logging.getLogger("recent")
    with keeping_warnings() as recent:
        for number in range(MOST_KEPT + 5):
            log.warning("%d %s", number, "x" * 5000)
        kept = recent.all()
    assert len(kept) == MOST_KEPT
    assert kept[0].text.startswith("5 ")
    assert max(len(one.text) for one in kept) == 1000


def test_secrets_are_left_out():
    with keeping_warnings() as recent:
        logging.getLogger("recent").warning("GET /api?apikey=0123456789abcdef0123456789abcdef")
    assert "0123456789abcdef" not in recent.all()[0].text
