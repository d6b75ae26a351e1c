from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.nntp.commands import Command, Credentials, Verb
from altmount.nntp.errors import AuthenticationError, ProtocolError, ServerBusyError
from altmount.nntp.protocol import Conversation, State
from tests.support.payloads import bodies, message_id, payload, yenc_article

A, B = message_id(0), message_id(1)
DATA = payload(5000)
BODIES = bodies(DATA, [3000, 2000])


def feed(conversation, wire, cuts=()):
    """Put bytes in, cut at these places, and collect the answers."""
    answers, start = [], 0
    for stop in [*sorted(cuts), len(wire)]:
        piece = wire[start:stop]
        start = stop
        while piece:
            space = conversation.get_buffer()
            count = min(len(space), len(piece))
            space[:count] = piece[:count]
            space.release()
            answers += conversation.receive(count)
            piece = piece[count:]
    return answers


def ready():
    conversation = Conversation()
    feed(conversation, b"200 hi\r\n")
    return conversation


@given(st.data())
def test_how_the_bytes_are_cut_makes_no_difference(data):
    wire = (
        b"223 0 <x>\r\n222 body\r\n"
        + yenc_article(BODIES[A])
        + b"430 no\r\n222 body\r\n"
        + yenc_article(BODIES[B])
    )
    conversation = ready()
    for command in (Command(Verb.STAT, A), Command(Verb.BODY, A), Command(Verb.BODY, B)):
        conversation.send(command)
    conversation.send(Command(Verb.BODY, B))

    cuts = data.draw(st.lists(st.integers(0, len(wire)), max_size=20))
    answers = feed(conversation, wire, cuts)

    assert [answer.code for answer in answers] == [223, 222, 430, 222]
    assert answers[1].response.data == DATA[:3000]
    assert answers[3].response.data == DATA[3000:]


def test_a_login_is_told_in_order():
    conversation = Conversation(Credentials("me", "secret"))
    feed(conversation, b"200 hi\r\n")
    assert conversation.data_to_send() == b"AUTHINFO USER me\r\n"
    feed(conversation, b"381 more\r\n")
    assert conversation.data_to_send() == b"AUTHINFO PASS secret\r\n"
    assert conversation.state is State.LOGIN
    feed(conversation, b"281 in\r\n")
    assert conversation.state is State.READY


def test_a_server_that_asks_for_the_password_for_ever_is_not_obeyed():
    conversation = Conversation(Credentials("me", "secret"))
    feed(conversation, b"200 hi\r\n381 more\r\n")
    with pytest.raises(ServerBusyError):
        feed(conversation, b"381 more\r\n")


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        (b"502 too many\r\n", ServerBusyError),
        (b"400 later\r\n", ServerBusyError),
        (b"SSH-2.0-OpenSSH\r\n", ProtocolError),
        (b"200 hi\r\n481 wrong\r\n", AuthenticationError),
        (b"200 hi\r\n502 limit\r\n", ServerBusyError),
    ],
)
def test_a_refusal_is_told_from_a_wrong_login_and_from_no_news_server(wire, error):
    with pytest.raises(error):
        feed(Conversation(Credentials("me", "secret")), wire)


def test_an_answer_that_nobody_asked_for_ends_the_conversation():
    with pytest.raises(ProtocolError, match="nobody asked"):
        feed(ready(), b"430 no\r\n")


def test_a_server_may_end_the_session_unasked():
    with pytest.raises(ServerBusyError, match="ended the session"):
        feed(ready(), b"400 idle too long\r\n")


def test_an_article_that_is_too_large_ends_the_conversation():
    conversation = ready()
    conversation.send(Command(Verb.BODY, A))
    huge = bodies(bytes(11 << 20), [11 << 20])[A]
    with pytest.raises(ProtocolError, match="larger than any may be"):
        feed(conversation, b"222 body\r\n" + yenc_article(huge))


def test_an_answer_without_end_is_bounded():
    conversation = ready()
    conversation.send(Command(Verb.BODY, A))
    feed(conversation, b"222 body\r\n")
    with pytest.raises(ProtocolError, match="no end"):
        for _ in range(40):
            feed(conversation, b"x" * 1024 * 1024)


@given(st.binary(max_size=400))
def test_no_server_can_make_it_do_anything_but_answer_or_refuse(noise):
    conversation = Conversation(Credentials("me", "secret"))
    try:
        feed(conversation, noise)
    except (ProtocolError, ServerBusyError, AuthenticationError):
        pass
    conversation = ready()
    conversation.send(Command(Verb.BODY, A))
    try:
        feed(conversation, noise)
    except (ProtocolError, ServerBusyError):
        pass
