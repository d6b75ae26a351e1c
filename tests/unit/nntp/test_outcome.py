from __future__ import annotations

import pytest

from altmount.articles import Body, Part
from altmount.nntp.commands import Command, Verb
from altmount.nntp.outcome import judge_body, judge_presence
from altmount.nntp.status import Outcome
from tests.support.payloads import bodies, message_id, payload, yenc_article
from tests.unit.nntp.test_protocol import feed, ready

DATA = payload(5000)
BODY = bodies(DATA, [3000, 2000])[message_id(1)]


def answer(wire):
    conversation = ready()
    conversation.send(Command(Verb.BODY, message_id(1)))
    [answer] = feed(conversation, wire)
    return answer


def body_answer(text):
    return answer(b"222 body\r\n" + text)


def test_the_right_article_is_served():
    verdict = judge_body(body_answer(yenc_article(BODY)), BODY.part)
    assert verdict.outcome is Outcome.SERVED
    assert verdict.body.data == BODY.data
    assert verdict.body.part == BODY.part


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (430, Outcome.MISSING),
        (423, Outcome.MISSING),
        (400, Outcome.BUSY),
        (480, Outcome.REFUSED),
        (502, Outcome.BUSY),
        (500, Outcome.REFUSED),
        (281, Outcome.BROKEN),
    ],
)
def test_only_the_server_s_own_word_makes_an_article_missing(code, outcome):
    wire = b"%d no\r\n" % code
    assert judge_body(answer(wire), None).outcome is outcome
    assert judge_presence(answer(wire)).outcome is outcome


def test_R1_a_wrong_checksum_is_noticed():
    text = yenc_article(BODY, crc=1)
    assert judge_body(body_answer(text), BODY.part).outcome is Outcome.WRONG


def test_R1_a_short_body_is_noticed_even_without_a_checksum():
    short = Body(BODY.data[:-7], BODY.part)
    text = yenc_article(short).split(b"=yend")[0] + b"=yend size=1993\r\n.\r\n"
    assert judge_body(body_answer(text), None).outcome is Outcome.WRONG


@pytest.mark.parametrize(
    "wanted",
    [
        Part(2999, 2000, 5000),
        Part(3000, 2001, 5000),
        Part(3000, 2000, 5001),
        Part(3000, 2000, 5000, "other.mkv"),
    ],
)
def test_R1_an_article_of_another_place_or_file_is_noticed(wanted):
    assert judge_body(body_answer(yenc_article(BODY)), wanted).outcome is Outcome.WRONG


@pytest.mark.parametrize(
    "text",
    [b".\r\n", b"hello\r\n.\r\n", b"=ybegin line=128 size=0 name=x\r\n=yend size=0\r\n.\r\n"],
)
def test_R1_what_is_not_yenc_is_not_served(text):
    assert judge_body(body_answer(text), None).outcome is Outcome.WRONG
