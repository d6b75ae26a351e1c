from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.auth.claims import Claims, parse_basic, parse_bearer


def test_secrets_are_not_shown():
    secrets = [f"s3cret-{number}" for number in range(5)]
    assert not any(secret in repr(Claims("usenet", *secrets)) for secret in secrets)


def test_no_claims_are_told_from_wrong_ones():
    assert not Claims()
    assert Claims(api_key="")
    assert Claims(cookie="x")


@given(st.text().filter(lambda user: ":" not in user), st.text())
def test_basic_credentials_come_back(user, password):
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    assert parse_basic(f"Basic {encoded}") == (user, password)
    assert parse_basic(f"bAsIc   {encoded} ") == (user, password)


def test_basic_credentials_of_an_old_client_are_latin_1():
    encoded = base64.b64encode("usenet:pässword".encode("latin-1")).decode()
    assert parse_basic(f"Basic {encoded}") == ("usenet", "pässword")


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic !", "Basic \u20ac", "Bearer YTpi", "Basic YWI="]
)
def test_anything_else_is_no_basic_credentials(header):
    assert parse_basic(header) is None


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer abc", "abc"), ("bearer  a.b.c ", "a.b.c"), ("Bearer", None), ("Basic abc", None)],
)
def test_a_bearers_token_is_what_comes_after_the_word(header, token):
    assert parse_bearer(header) == token


@given(st.text())
def test_no_header_makes_it_fail(text):
    for header in (text, f"Basic {text}", f"Bearer {text}"):
        parse_basic(header)
        parse_bearer(header)
