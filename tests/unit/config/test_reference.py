from __future__ import annotations

from altmount.config.keys import all_keys
from altmount.config.reference import settings_reference
from altmount.config.settings import Settings
from altmount.config.wording import allowed


def test_every_key_is_explained():
    page = settings_reference()
    for loc, key in all_keys(Settings):
        assert key.text in page
        if len(loc) > 1:
            assert f"- Allowed: {allowed(key)}\n" in page


def test_every_key_has_its_variable_and_default():
    page = settings_reference()
    assert "### `providers[].password`" in page
    assert "- Environment: `ALTMOUNT_PROVIDERS__0__PASSWORD`" in page
    assert "- Environment: `ALTMOUNT_IMPORT__WATCH_DIR`" in page
    assert "- Default: `8080`" in page
    assert "- Default: none; it must be given" in page


def test_what_is_not_acted_on_is_listed():
    assert "- `health.repair`: `enabled`, " in settings_reference()
