from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest

from altmount.newsserver.commands import CommandReader
from altmount.newsserver.conversation import Conversation
from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.newsserver.posting import Envelope
from altmount.newsserver.site import Site
from altmount.newsserver.spool import Spool
from tests.unit.newsserver.talk import decoded

LOGIN = Knobs(username="me", password="secret")


@pytest.fixture
def spool():
    return Spool()


@pytest.fixture
def posting(spool):
    return spool.post_bytes("a.bin", bytes(range(250)), Envelope(100))


def talk(spool, *commands, knobs=None):
    """What a fresh connection is told on these commands."""
    conversation = Conversation(
        Site(knobs or Knobs(), spool), now=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    )
    data = "".join(f"{command}\r\n" for command in commands).encode()
    return [conversation.answer(command) for command in CommandReader().feed(data)]


def told(spool, *commands, knobs=None):
    return [text_of(answer) for answer in talk(spool, *commands, knobs=knobs)]


def text_of(answer):
    return b"".join(answer.pieces).decode("latin-1")


def codes(spool, *commands, knobs=None):
    return [int(text[:3]) for text in told(spool, *commands, knobs=knobs)]


def test_the_small_commands(spool):
    assert told(spool, "MODE READER", "mode reader", "DATE", "QUIT", "LIST", "", "GROUP a.b") == [
        "201 reading is all that can be done here\r\n",
        "201 reading is all that can be done here\r\n",
        "111 20260102030405\r\n",
        "205 bye\r\n",
        "500 unknown command\r\n",
        "500 unknown command\r\n",
        "500 unknown command\r\n",
    ]
    assert codes(spool, "MODE STREAM", "MODE", "BODY " + "x" * 600) == [501, 501, 501]


def test_quitting_closes(spool):
    assert [answer.closes for answer in talk(spool, "DATE", "QUIT")] == [False, True]


def test_capabilities_are_a_list_that_says_whether_to_log_in(spool):
    [text] = told(spool, "CAPABILITIES")
    assert text.startswith("101 ")
    assert text.split("\r\n")[1:] == ["VERSION 2", "READER", "IMPLEMENTATION altmount", ".", ""]
    before, _, _, after = told(
        spool,
        "CAPABILITIES",
        "AUTHINFO USER me",
        "AUTHINFO PASS secret",
        "CAPABILITIES",
        knobs=LOGIN,
    )
    assert "AUTHINFO USER\r\n" in before
    assert "AUTHINFO" not in after


def test_an_article_can_be_had_in_four_ways(spool, posting):
    name = f"<{posting.message_id(2)}>"
    stat, head, body, article = told(
        spool, *(f"{w} {name}" for w in ("STAT", "HEAD", "BODY", "ARTICLE"))
    )
    assert stat == f"223 0 {name}\r\n"
    assert head.startswith(f"221 0 {name}\r\nPath: ")
    assert head.endswith("\r\n.\r\n")
    assert body.startswith(f"222 0 {name}\r\n=ybegin part=2 total=3 ")
    headers, _, rest = article.partition("\r\n\r\n")
    assert headers.startswith(f"220 0 {name}\r\nPath: ")
    assert rest == body.partition("\r\n")[2]


def test_only_answers_with_a_body_count_as_such(spool, posting):
    name = f"<{posting.message_id(2)}>"
    answers = talk(
        spool, *(f"{word} {name}" for word in ("STAT", "HEAD", "BODY", "ARTICLE")), "BODY <x>"
    )
    assert [answer.has_body for answer in answers] == [False, False, True, True, False]


@pytest.mark.parametrize("word", ["STAT", "HEAD", "BODY", "ARTICLE"])
def test_what_is_not_there_is_430_and_what_makes_no_sense_is_not(spool, word):
    commands = [f"{word} <no@where>", word, f"{word} 5", f"{word} a@b", f"{word} <a> <b>"]
    assert codes(spool, *commands) == [430, 412, 412, 501, 501]
    assert codes(spool, f"{word} <{'x' * 248}>", f"{word} <{'x' * 249}>") == [430, 501]
    assert codes(spool, f"{word} <ä>") == [430]


def test_a_file_that_was_taken_away_is_430(spool, tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"x")
    posting = spool.post_file(path)
    os.remove(path)  # noqa: PTH107
    assert codes(spool, f"BODY <{posting.message_id(1)}>") == [430]


def test_who_has_to_log_in_gets_nothing_before(spool, posting):
    name = f"<{posting.message_id(2)}>"
    commands = [
        f"STAT {name}",
        "AUTHINFO USER me",
        f"STAT {name}",
        "AUTHINFO PASS secret",
        f"STAT {name}",
    ]
    assert codes(spool, *commands, knobs=LOGIN) == [480, 381, 480, 281, 223]


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (["AUTHINFO USER me", "AUTHINFO PASS wrong"], [381, 481]),
        (["AUTHINFO USER you", "AUTHINFO PASS secret"], [381, 481]),
        (["AUTHINFO PASS secret"], [482]),
        (["AUTHINFO USER me", "AUTHINFO PASS wrong", "AUTHINFO PASS secret"], [381, 481, 482]),
        (["authinfo user me", "authinfo pass secret", "AUTHINFO USER me"], [381, 281, 502]),
        (["AUTHINFO", "AUTHINFO USER", "AUTHINFO SASL PLAIN", "AUTHINFO USER a b"], [501] * 4),
    ],
)
def test_a_login_is_name_then_password(spool, commands, expected):
    assert codes(spool, *commands, knobs=LOGIN) == expected


def test_where_nobody_has_to_log_in_anybody_may(spool):
    assert codes(spool, "AUTHINFO USER a", "AUTHINFO PASS b") == [381, 281]


def test_a_login_can_be_refused_or_never_answered(spool):
    login = ["AUTHINFO USER me", "AUTHINFO PASS secret"]
    assert codes(spool, *login, knobs=Knobs(login_code=502)) == [381, 502]
    answers = talk(spool, *login, knobs=Knobs(silent_login=True))
    assert [answer.silent for answer in answers] == [False, True]


@pytest.mark.parametrize(("code", "closes"), [(200, False), (201, False), (400, True), (502, True)])
def test_a_greeting_that_refuses_closes(spool, code, closes):
    greeting = Conversation(Site(Knobs(greeting_code=code), spool)).greeting()
    assert text_of(greeting).startswith(f"{code} ")
    assert greeting.closes is closes
    assert not greeting.silent


def test_a_greeting_can_be_withheld(spool):
    assert Conversation(Site(Knobs(silent_greeting=True), spool)).greeting().silent


def test_a_client_beyond_the_cap_is_told_what_it_is_told(spool):
    refusal = Conversation(Site(Knobs(cap_code=400, cap_text="full"), spool)).refusal()
    assert text_of(refusal) == "400 full\r\n"
    assert refusal.closes


def troubled(spool, posting, word, *faults):
    [answer] = talk(spool, f"{word} <{posting.message_id(2)}>", knobs=Knobs(faults=faults))
    return answer


@pytest.mark.parametrize("word", ["STAT", "HEAD", "BODY", "ARTICLE"])
def test_an_article_can_be_missing_or_have_any_status(spool, posting, word):
    missing = troubled(spool, posting, word, Fault(FaultKind.MISSING))
    assert text_of(missing).startswith("430 ")
    status = troubled(spool, posting, word, Fault(FaultKind.STATUS, code=423, text="odd"))
    assert text_of(status) == "423 odd\r\n"


@pytest.mark.parametrize("word", ["BODY", "ARTICLE"])
def test_a_damaged_body_comes_under_the_name_that_was_asked_for(spool, posting, word):
    answer = troubled(spool, posting, word, Fault(FaultKind.FOREIGN))
    status, _, rest = b"".join(answer.pieces).partition(b"\r\n")
    assert status.endswith(f" 0 <{posting.message_id(2)}>".encode())
    body = rest[rest.index(b"=ybegin") :].removesuffix(b".\r\n")
    assert bytes(decoded([body]).data) == bytes(range(200, 250))


def test_the_first_of_two_damages_counts(spool, posting):
    answer = troubled(
        spool, posting, "BODY", Fault(FaultKind.TEXT, text="first"), Fault(FaultKind.CORRUPT)
    )
    assert text_of(answer).endswith("\r\nfirst\r\n.\r\n")


def test_waits_add_up(spool, posting):
    stall = Fault(FaultKind.STALL, at=5)
    answer = troubled(
        spool,
        posting,
        "STAT",
        Fault(FaultKind.DELAY, seconds=1.0),
        Fault(FaultKind.HOLD, gate="a"),
        Fault(FaultKind.DELAY, seconds=2.0),
        Fault(FaultKind.HOLD, gate="b"),
        stall,
        Fault(FaultKind.DROP),
    )
    assert (answer.late, answer.gates, answer.breaks) == (3.0, ("a", "b"), stall)
    assert text_of(answer).startswith("223 ")
