from __future__ import annotations

import json

import pytest

from altmount.config.settings import Settings
from altmount.directory import SettingsDirectory
from altmount.errors import InvalidRequestError, NotFoundError

ACCOUNT = {
    "id": "one",
    "host": "news.example",
    "port": 119,
    "username": "me",
    "password": "SECRET",
    "proxy_url": "socks5://someone:HIDDEN@proxy.lan:1080",
    "enabled": False,
}
TRIED = {"provider_id": "one", "host": "news.example", "port": 119, "username": "me"}


@pytest.fixture
def directory():
    settings = Settings.model_validate({"providers": [ACCOUNT]})
    return SettingsDirectory(lambda: settings)


def test_an_account_is_found_in_use_or_not(directory):
    assert directory.find("one").credentials.password == "SECRET"
    with pytest.raises(NotFoundError):
        directory.find("two")


def test_a_listing_has_no_secrets(directory):
    [shown] = directory.listing()
    text = json.dumps(shown)
    assert "SECRET" not in text
    assert "HIDDEN" not in text
    assert "someone" not in text
    assert (shown["password_set"], shown["proxy_url"]) == (True, "socks5://proxy.lan:1080")
    assert (shown["id"], shown["host"], shown["enabled"]) == ("one", "news.example", False)


def test_the_stored_password_is_used_for_the_same_server_and_user(directory):
    assert directory.parse(TRIED).credentials.password == "SECRET"
    assert directory.parse({**TRIED, "password": "********"}).credentials.password == "SECRET"
    assert directory.parse({**TRIED, "password": "NEW"}).credentials.password == "NEW"


@pytest.mark.parametrize("other", [{"host": "evil.example"}, {"port": 120}, {"username": "you"}])
def test_the_stored_password_goes_to_nobody_else(directory, other):
    with pytest.raises(InvalidRequestError, match="give the password"):
        directory.parse({**TRIED, **other})


def test_what_is_wrong_is_named_and_not_quoted(directory):
    wrong = {"host": "h", "port": "SECRET", "password": ["SECRET"]}
    with pytest.raises(InvalidRequestError) as caught:
        directory.parse(wrong)
    assert "port" in str(caught.value)
    assert "password" in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_what_is_no_setting_of_an_account_does_not_matter(directory):
    assert directory.parse({"host": "h", "port": 1, "colour": "red"}).host == "h"
