from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.web.credentials import Claims, Credentials, parse_basic

KEY = "k" * 32
CREDENTIALS = Credentials("usenet", "pässword", KEY)
DOWNLOAD_KEY = hashlib.sha256(KEY.encode()).hexdigest()


def test_the_right_user_and_password_are_accepted():
    assert CREDENTIALS.accept_password(Claims("usenet", "pässword"))


@pytest.mark.parametrize(
    "claims",
    [
        Claims(),
        Claims("usenet", None),
        Claims(None, "pässword"),
        Claims("usenet", ""),
        Claims("usenet", "password"),
        Claims("Usenet", "pässword"),
        Claims("usenet", KEY),
        Claims("usenet", "\udcff"),
    ],
)
def test_any_other_pair_is_not(claims):
    assert not CREDENTIALS.accept_password(claims)


def test_an_empty_password_opens_nothing():
    assert not Credentials("usenet", "").accept_password(Claims("usenet", ""))


@pytest.mark.parametrize("download", [True, False])
def test_the_api_key_opens_everything(download):
    assert CREDENTIALS.accept_key(Claims(api_key=KEY), download=download)


def test_the_download_key_opens_downloads_only():
    assert CREDENTIALS.download_key == DOWNLOAD_KEY
    assert CREDENTIALS.accept_key(Claims(download_key=DOWNLOAD_KEY), download=True)
    assert not CREDENTIALS.accept_key(Claims(download_key=DOWNLOAD_KEY), download=False)


@pytest.mark.parametrize(
    "claims",
    [
        Claims(),
        Claims(api_key=""),
        Claims(api_key=KEY[:-1]),
        Claims(api_key=DOWNLOAD_KEY),
        Claims(download_key=KEY),
        Claims(download_key=DOWNLOAD_KEY.upper()),
        Claims("usenet", "pässword"),
    ],
)
def test_any_other_key_does_not(claims):
    assert not CREDENTIALS.accept_key(claims, download=True)


@pytest.mark.parametrize("key", [None, ""])
def test_where_there_is_no_key_none_opens(key):
    keyless = Credentials("usenet", "x", key)
    assert keyless.download_key is None
    for claims in (Claims(api_key=""), Claims(download_key=hashlib.sha256(b"").hexdigest())):
        assert not keyless.accept_key(claims, download=True)


def test_secrets_are_not_shown():
    shown = repr(CREDENTIALS) + repr(Claims("usenet", "pässword", KEY, DOWNLOAD_KEY))
    assert "pässword" not in shown
    assert KEY not in shown
    assert DOWNLOAD_KEY not in shown


def test_no_claims_are_told_from_wrong_ones():
    assert not Claims()
    assert Claims(api_key="")


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


@given(st.text())
def test_no_header_makes_it_fail(text):
    parse_basic(text)
    parse_basic(f"Basic {text}")
