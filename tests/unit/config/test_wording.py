from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from altmount.config.keys import all_keys, dotted, key_at
from altmount.config.settings import Settings
from altmount.config.wording import allowed, in_yaml, shown, type_of, variable_of

EVERY = [pytest.param(key, id=dotted(loc)) for loc, key in all_keys(Settings)]


@pytest.mark.parametrize("key", EVERY)
def test_every_key_can_be_put_into_words(key):
    assert type_of(key)
    assert allowed(key)


@pytest.mark.parametrize(
    ("loc", "text"),
    [
        (("webdav", "port"), "a whole number from 1 to 65535"),
        (("log", "max_size"), "a whole number, 0 or more"),
        (("streaming", "max_prefetch"), "a whole number from 1 to 10000; 0 or less stands for 60"),
        (
            ("import", "iso_analyze_timeout_seconds"),
            "a whole number from 1 to 86400; 0 or less stands for 120",
        ),
        (("log", "level"), "one of debug, info, warn, error"),
        (("auth", "login_required"), "true or false"),
        (("providers",), "a list of mappings of keys"),
    ],
)
def test_what_is_allowed(loc, text):
    assert allowed(key_at(Settings, loc)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("usenet", "usenet"),
        ("", '""'),
        (".mkv", '".mkv"'),
        (Path("altmount.db"), "altmount.db"),
        (Path("/My Files"), '"/My Files"'),
        (True, "true"),
        (5, "5"),
        ((), "[]"),
        (SecretStr("x y"), '"x y"'),
    ],
)
def test_values_in_yaml(value, text):
    assert in_yaml(value) == text


def test_sections_in_yaml_are_mappings():
    [category, *_] = key_at(Settings, ("sabnzbd", "categories")).default
    assert in_yaml(category).startswith('{"name": "Movies", "dir": ""')


def test_a_secret_is_never_shown():
    assert shown(key_at(Settings, ("webdav", "password")), "hunter2") == "***"


def test_credentials_in_the_wrong_place_are_not_shown():
    host = key_at(Settings, ("providers", 0, "host"))
    assert shown(host, "https://me:hunter2@news.example") == "'https://***@news.example'"
    assert shown(host, ["hunter2"]) == "a list"
    assert shown(host, {"a": "hunter2"}) == "a mapping of keys"


def test_a_value_is_shown_in_one_short_line():
    text = shown(None, "a\nb" * 1000)
    assert "\n" not in text
    assert len(text) < 80


def test_variables():
    assert variable_of(("providers", 0, "id"), "A_", "__") == "A_PROVIDERS__0__ID"
