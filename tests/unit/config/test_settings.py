from __future__ import annotations

import pytest

from altmount.config.settings import Settings


def test_nothing_is_read_behind_the_callers_back(monkeypatch):
    monkeypatch.setenv("ALTMOUNT_WEBDAV__PORT", "1")
    monkeypatch.setenv("WEBDAV", '{"port": 2}')
    assert Settings().webdav.port == 8080


def test_equal_settings_are_equal_and_have_the_same_hash():
    assert Settings() == Settings()
    assert hash(Settings()) == hash(Settings())


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        Settings().webdav = None
