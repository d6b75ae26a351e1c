from __future__ import annotations

import json

from altmount.config.load import settings_in
from altmount.config.patch import patch_of
from altmount.config.settings import Settings
from altmount.config.shown import MASK, shown


def test_no_secret_of_the_ancestors_file_is_shown(tmp_path):
    from pathlib import Path

    data = (Path(__file__).parents[2] / "support/ancestor_config.yaml").read_bytes()
    settings = settings_in(data, tmp_path / "config.yaml", {}).settings
    told = shown(settings)
    text = json.dumps(told)
    assert "SECRET" not in text
    assert (told["webdav"]["password"], told["webdav"]["password_set"]) == (MASK, True)
    assert told["webdav"]["user"] == "viewer"
    provider = told["providers"][0]
    assert (provider["password"], provider["password_set"]) == (MASK, True)
    assert told["import"]["max_processor_workers"] == 3
    assert told["metadata"]["root_path"] == "/metadata"


def test_what_is_not_set_is_said_to_be_so():
    told = shown(Settings())
    assert (told["api"]["key_override"], told["api"]["key_override_set"]) == ("", False)
    assert told["import"]["watch_dir"] == ""
    assert told["providers"] == []


def test_secrets_in_a_list_are_masked_each():
    settings = Settings.model_validate({"import": {"passwords": ["SECRET-1", "SECRET-2"]}})
    assert shown(settings)["import"]["passwords"] == [MASK, MASK]


def test_a_key_or_a_login_in_a_url_is_hidden_and_can_be_sent_back():
    url = "https://indexer.example/get?id=1&apikey=SECRET-1"
    tree = {"speed_test": {"nzb": url}, "webdav": {"host": "http://me:SECRET-2@host"}}
    settings = Settings.model_validate(tree)
    told = shown(settings)
    assert "SECRET" not in json.dumps(told)
    assert told["speed_test"]["nzb"].startswith("https://indexer.example/get?id=1&apikey=")
    assert patch_of(tree, settings, told).edits == []
