from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.auth.tokens import AUDIENCE, ISSUER, Tokens, new_ticket

SECRET = b"s" * 32
NOW = datetime.now(UTC)
SOON = NOW + timedelta(hours=1)
TOKENS = Tokens(SECRET)
CLAIMS = {"iss": ISSUER, "aud": AUDIENCE, "sub": "1", "jti": "x", "exp": SOON}


def test_a_token_opens_what_it_was_made_for_and_tells_when_it_ends():
    ticket = new_ticket()
    token = TOKENS.issue(ticket, 7, NOW, SOON)
    assert TOKENS.read(token) == ticket
    told = jwt.decode(token, options={"verify_signature": False})
    assert (told["iss"], told["aud"], told["sub"]) == ("altmount", "altmount-api", "7")
    assert told["exp"] == int(SOON.timestamp())


def test_tickets_are_not_shown_nor_found_from_their_digest():
    ticket = new_ticket()
    assert ticket.secret not in repr(ticket)
    assert ticket.digest != ticket.secret
    assert new_ticket() != ticket


@pytest.mark.parametrize(
    ("changes", "secret", "algorithm"),
    [
        ({}, b"t" * 32, "HS256"),
        ({}, SECRET, "HS512"),
        ({}, None, "none"),
        ({"exp": NOW - timedelta(seconds=5)}, SECRET, "HS256"),
        ({"iss": "other"}, SECRET, "HS256"),
        ({"aud": "other"}, SECRET, "HS256"),
        ({"exp": None}, SECRET, "HS256"),
        ({"jti": None}, SECRET, "HS256"),
        ({"jti": 5}, SECRET, "HS256"),
        ({"sub": None}, SECRET, "HS256"),
        ({"jti": "x" * 3000}, SECRET, "HS256"),
    ],
)
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_any_other_token_opens_nothing(changes, secret, algorithm):
    claims = {key: value for key, value in (CLAIMS | changes).items() if value is not None}
    try:
        token = jwt.encode(claims, secret, algorithm)
    except TypeError:
        return  # it cannot even be made
    assert TOKENS.read(token) is None


def test_that_is_no_accident():
    assert TOKENS.read(jwt.encode(CLAIMS, SECRET, "HS256")) is not None


@given(st.text())
def test_no_text_makes_it_fail(text):
    for token in (text, f"{text}.{text}.{text}", f"e30.{text}.x"):
        assert TOKENS.read(token) is None


@given(st.data())
def test_one_letter_changed_opens_nothing(data):
    token = TOKENS.issue(new_ticket(), 1, NOW, SOON)
    place = data.draw(st.integers(0, len(token) - 2))  # of the last letter some bits mean nothing
    letter = data.draw(st.sampled_from("abcXYZ019-_").filter(lambda one: one != token[place]))
    changed = token[:place] + letter + token[place + 1 :]
    assert TOKENS.read(changed) is None
