from __future__ import annotations

import pytest

from altmount.errors import AltmountError
from altmount.nntp.commands import Verb
from altmount.nntp.errors import (
    AuthenticationError,
    ConnectionLostError,
    DeadlineError,
    ProtocolError,
    QuotaError,
    ServerBusyError,
)
from altmount.nntp.status import Outcome, Stage, ends_session, meaning, meaning_of

SERVED, MISSING, BUSY = Outcome.SERVED, Outcome.MISSING, Outcome.BUSY
REFUSED, BROKEN = Outcome.REFUSED, Outcome.BROKEN

LOGIN = dict.fromkeys((452, 480, 481, 482, 483), REFUSED)
EXCEPTIONS = {
    Stage.GREETING: {200: SERVED, 201: SERVED, **LOGIN},
    Stage.LOGIN: {281: SERVED, 381: SERVED, **LOGIN},
    Stage.SESSION: {
        **dict.fromkeys((423, 430, 451), MISSING),
        **LOGIN,
        **dict.fromkeys((500, 501, 503), REFUSED),
    },
}
EXPECTED = {Verb.BODY: 222, Verb.STAT: 223, Verb.HEAD: 221, Verb.DATE: 111, Verb.CAPABILITIES: 101}


@pytest.mark.parametrize("stage", Stage)
def test_every_code_has_a_meaning(stage):
    for code in range(100, 600):
        usual = BUSY if code >= 400 else BROKEN
        assert meaning(stage, code) is EXCEPTIONS[stage].get(code, usual), code


@pytest.mark.parametrize("verb", Verb)
def test_in_a_session_only_the_answer_to_what_was_asked_serves(verb):
    for code in range(100, 600):
        wanted = SERVED if code == EXPECTED.get(verb) else meaning(Stage.SESSION, code)
        assert meaning(Stage.SESSION, code, verb=verb) is wanted, code


def test_only_the_server_s_own_word_makes_an_article_missing():
    said = {code for code in range(100, 600) if meaning(Stage.SESSION, code) is MISSING}
    assert said == {423, 430, 451}


@pytest.mark.parametrize("code", [480, 481, 482, 502])
@pytest.mark.parametrize("stage", [Stage.GREETING, Stage.LOGIN, Stage.SESSION])
def test_a_login_that_is_refused_for_too_many_connections_is_not_a_wrong_password(stage, code):
    for text in ("481 too many connections", "481 Maximum Connections reached", "simultaneous IPs"):
        assert meaning(stage, code, text) is BUSY
    plain = meaning(stage, code, "481 wrong user name or password")
    assert plain is (BUSY if code == 502 else REFUSED)


def test_after_some_answers_a_connection_is_of_no_more_use():
    ended = {code for code in range(100, 600) if ends_session(code)}
    assert ended == {400, 452, 480, 481, 482, 483, 502}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ServerBusyError("no"), BUSY),
        (AuthenticationError("no"), REFUSED),
        (QuotaError("no"), REFUSED),
        (ConnectionLostError("gone"), BROKEN),
        (DeadlineError("slow"), BROKEN),
        (ProtocolError("what"), BROKEN),
        (AltmountError("anything else"), BROKEN),
    ],
)
def test_every_failure_has_a_meaning_and_none_is_a_miss(error, outcome):
    assert meaning_of(error) is outcome
