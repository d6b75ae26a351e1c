from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from altmount.auth.caller import Means, Role, Scope
from altmount.auth.claims import Claims
from altmount.auth.gate import Policy
from altmount.auth.keys import download_key_of
from tests.support.people import NOW, Town

KEY = "k" * 32
POLICY = Policy("usenet", "pässword", KEY)
DOWNLOAD_KEY = download_key_of(KEY)


def known(claims, town=None, **changes):
    gate = (town or Town()).gate(replace(POLICY, **changes))
    return [*gate.by_secrets(claims), *filter(None, [gate.by_password(claims)])]


def test_the_right_user_and_password_are_accepted():
    [caller] = known(Claims("usenet", "pässword"))
    assert (caller.name, caller.means, caller.ambient) == ("usenet", Means.BASIC, True)


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
        Claims(api_key=""),
        Claims(api_key=KEY[:-1]),
        Claims(api_key=DOWNLOAD_KEY),
        Claims(download_key=KEY),
        Claims(download_key=DOWNLOAD_KEY.upper()),
        Claims(token=""),
        Claims(token=DOWNLOAD_KEY),
        Claims(cookie=KEY),
    ],
)
def test_anything_else_is_not(claims):
    assert known(claims) == []


@pytest.mark.parametrize("password", ["", "x"])
def test_what_is_empty_in_the_settings_opens_nothing(password):
    empty = {"webdav_user": "", "webdav_password": "", "key_override": ""}
    for claims in (
        Claims("", password),
        Claims(api_key=""),
        Claims(download_key=hashlib.sha256(b"").hexdigest()),
    ):
        assert known(claims, **empty) == []


def test_the_key_of_the_settings_opens_everything_and_its_download_key_files():
    for claims in (Claims(api_key=KEY), Claims(token=KEY)):
        [caller] = known(claims)
        assert (caller.role, caller.scope) == (Role.ADMIN, Scope.FULL)
    [link] = known(Claims(download_key=DOWNLOAD_KEY))
    assert (link.scope, link.means) == (Scope.FILES, Means.LINK)


def test_the_webdav_login_is_the_owners_until_there_is_an_account():
    town = Town()
    claims = Claims("usenet", "pässword")
    assert known(claims, town)[0].role is Role.ADMIN
    town.add("me", Role.ADMIN)
    assert known(claims, town)[0].role is Role.USER


def test_the_well_known_webdav_login_is_nobodys():
    assert known(Claims("usenet", "usenet"), webdav_password="usenet")[0].role is Role.USER


def test_a_key_opens_what_its_account_may_within_its_scope():
    town = Town()
    user = town.add("me", Role.USER)
    key = town.key(user, Scope.READ)
    [caller] = known(Claims(api_key=key), town)
    assert (caller.name, caller.role, caller.scope) == ("me", Role.USER, Scope.READ)
    assert caller.user_id == user.id
    [same] = known(Claims("me", key), town)
    assert same == replace(caller, ambient=True)
    assert known(Claims("you", key), town) == []
    [link] = known(Claims(download_key=download_key_of(key)), town)
    assert (link.scope, link.means, link.role) == (Scope.FILES, Means.LINK, Role.USER)
    town.demote(user, Role.READER)
    assert known(Claims(api_key=key), town)[0].role is Role.READER
    town.keys.clear()
    assert known(Claims(api_key=key), town) == []


def test_a_key_for_nzbs_has_no_links():
    town = Town()
    key = town.key(town.add("me"), Scope.NZB)
    assert known(Claims(download_key=download_key_of(key)), town) == []


def test_a_login_counts_until_it_ends():
    town = Town()
    token = town.login(town.add("me"), hours=1)
    for claims, ambient in ((Claims(token=token), False), (Claims(cookie=token), True)):
        [caller] = known(claims, town)
        assert (caller.name, caller.session_id, caller.ambient) == ("me", 1, ambient)
    late = town.gate(POLICY, now=lambda: NOW + timedelta(hours=1))
    assert list(late.by_secrets(Claims(token=token))) == []
    town.sessions.clear()
    assert known(Claims(token=token), town) == []


def test_keys_of_accounts_that_are_gone_open_nothing():
    town = Town()
    user = town.add("me")
    claims = Claims(api_key=town.key(user), token=town.login(user))
    assert len(known(claims, town)) == 2
    town.users.clear()
    assert known(claims, town) == []


def test_secrets_are_not_shown():
    assert "pässword" not in repr(POLICY)
    assert KEY not in repr(POLICY)
