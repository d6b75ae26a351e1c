from __future__ import annotations

from altmount.config.changes import changed_keys
from altmount.config.settings import Settings


def settings(**sections):
    return Settings.model_validate(sections)


def test_nothing_differs_between_equal_settings():
    assert list(changed_keys(settings(), settings())) == []


def test_keys_that_differ_are_named_as_people_write_them_and_their_values_are_not():
    before = settings(webdav={"port": 8080}, api={"key_override": "SECRET-1"})
    after = settings(
        webdav={"port": 9090, "user": "other"},
        api={"key_override": "SECRET-2"},
        providers=[{"host": "news.example", "port": 563}],
        **{"import": {"watch_interval_seconds": 7}},
    )
    assert list(changed_keys(before, after)) == [
        "webdav.port",
        "webdav.user",
        "api.key_override",
        "providers",
        "import.watch_interval_seconds",
    ]
