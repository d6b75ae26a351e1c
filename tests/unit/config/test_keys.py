from __future__ import annotations

import pytest
from pydantic import SecretStr

from altmount.config.keys import Shape, all_keys, dotted, key_at, keys_of
from altmount.config.log import LogSettings
from altmount.config.providers import ProviderSettings
from altmount.config.settings import Settings

EVERY = [pytest.param(key, id=dotted(loc)) for loc, key in all_keys(Settings)]


@pytest.mark.parametrize("key", EVERY)
def test_every_key_says_what_it_is(key):
    assert key.text.endswith(".")


def test_a_key_is_what_people_write():
    assert "import" in keys_of(Settings)
    assert "importing" not in keys_of(Settings)


def test_shapes():
    keys = keys_of(Settings)
    assert keys["log"].shape is Shape.SECTION
    assert keys["providers"].shape is Shape.SECTIONS
    assert keys["providers"].kind is ProviderSettings
    assert keys_of(keys["import"].kind)["allowed_file_extensions"].shape is Shape.TEXTS
    assert keys_of(LogSettings)["level"].shape is Shape.SCALAR


def test_facts_of_a_key():
    provider = keys_of(ProviderSettings)
    assert provider["password"].secret
    assert provider["host"].required
    assert provider["host"].default is None
    assert keys_of(LogSettings)["file"].is_path


@pytest.mark.parametrize(
    ("loc", "kind"),
    [
        (("providers", 3, "password"), SecretStr),
        (("providers", 0), ProviderSettings),
        (("log", "max_backups"), int),
        (("sabnzbd", "categories", 1, "dir"), str),
        (("import", "allowed_file_extensions", 7), str),
    ],
)
def test_a_key_is_found_by_its_place(loc, kind):
    key = key_at(Settings, loc)
    assert getattr(key.kind, "__origin__", key.kind) is kind


@pytest.mark.parametrize("loc", [("nothing",), ("webdav", "prot"), ()])
def test_where_no_key_is_none_is_found(loc):
    assert key_at(Settings, loc) is None


def test_places_are_written_with_dots_and_numbers():
    assert dotted(("providers", 0, "port")) == "providers[0].port"
