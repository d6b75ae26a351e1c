from __future__ import annotations

import asyncio
import logging
import re

import pytest

from altmount.accounts import accounts_of
from altmount.aio.budget import ByteBudget
from altmount.config.edits import Put
from altmount.config.errors import SettingsError
from altmount.config.file import SettingsFile
from altmount.config.load import Loaded
from altmount.config.patch import Patch
from altmount.config.settings import Settings
from altmount.errors import InvalidRequestError, ObstacleError
from altmount.nntp.providers import Providers
from altmount.reload import Reload


def settings(*ids, **sections):
    accounts = [
        {"id": one, "host": f"{one}.example", "port": 119, "password": "SECRET"} for one in ids
    ]
    return Settings.model_validate({"providers": accounts, **sections})


class File:
    """The settings' file, of which each reading is what was put there last."""

    def __init__(self, now):
        self.now = now

    def read(self):
        if isinstance(self.now, Exception):
            raise self.now
        return Loaded(self.now, ("a warning",))


@pytest.fixture
async def reloading():
    """A file, the accounts of it, and what reads it again."""
    started = settings("one", "two")
    async with Providers(ByteBudget(1 << 20)) as providers:
        providers.apply(accounts_of(started.providers))
        file = File(started)
        yield file, providers, Reload(file, started, providers)


def ids(providers):
    return [pool.provider.id for pool in providers.pools]


async def test_accounts_are_taken_over_and_the_rest_waits_for_a_restart(reloading, caplog):
    caplog.set_level(logging.INFO)
    file, providers, reload = reloading
    kept = providers.pool("one")
    file.now = settings("three", "one", webdav={"port": 9999})
    reloaded = await reload.run()
    assert ids(providers) == ["three", "one"]
    assert providers.pool("one") is kept
    assert reloaded.accounts.added == ("three",)
    assert reloaded.accounts.removed == ("two",)
    assert reloaded.after_restart == ("webdav.port",)
    assert reloaded.warnings == ("a warning",)
    assert reload.settings is file.now
    assert "after a restart: webdav.port" in caplog.text
    assert "providers removed: two" in caplog.text
    assert "SECRET" not in caplog.text


async def test_what_a_restart_would_bring_is_told_until_it_was_put_back(reloading):
    file, _, reload = reloading
    file.now = settings("one", "two", webdav={"port": 9999})
    assert (await reload.run()).after_restart == ("webdav.port",)
    assert (await reload.run()).after_restart == ("webdav.port",)
    file.now = settings("one", "two")
    assert (await reload.run()).after_restart == ()


@pytest.mark.parametrize(
    "wrong",
    [
        SettingsError(["providers[0].port is 0"]),
        settings(providers=[{"id": "x", "host": "x", "port": 119, "username": "no password"}]),
    ],
)
async def test_settings_that_are_wrong_change_nothing(reloading, wrong):
    file, providers, reload = reloading
    file.now = wrong
    with pytest.raises((SettingsError, InvalidRequestError)):
        await reload.run()
    assert ids(providers) == ["one", "two"]
    file.now = settings("one")
    await reload.run()
    assert ids(providers) == ["one"]


async def test_readings_at_once_take_turns(reloading):
    file, providers, reload = reloading
    file.now = settings("one")
    results = await asyncio.gather(*(reload.run() for _ in range(3)))
    assert [result.accounts.removed for result in results] == [("two",), (), ()]
    assert ids(providers) == ["one"]


def put(loc, value):
    return lambda tree, settings: Patch([Put(loc, value)])


@pytest.fixture
async def changing(tmp_path):
    """A real file, and what changes it."""
    path = tmp_path / "config.yaml"
    path.write_text(FILE)
    file = SettingsFile(path, {})
    started = file.read().settings
    async with Providers(ByteBudget(1 << 20)) as providers:
        providers.apply(accounts_of(started.providers))
        yield path, providers, Reload(file, started, providers)


FILE = """\
providers:
  - id: one  # the first
    host: one.example
    port: 119
    password: SECRET
"""


async def test_a_change_is_written_and_applied(changing):
    path, providers, reload = changing
    kept = providers.pool("one")
    two = {"id": "two", "host": "two.example", "port": 563, "tls": True}
    changed = await reload.change(
        {"providers": [{"id": "one", "name": "First"}, two], "log": {"max_age": 7}}
    )
    assert changed.accounts.added == ("two",)
    assert changed.after_restart == ("log.max_age",)
    assert providers.pool("one") is kept
    assert ids(providers) == ["one", "two"]
    assert "- id: one  # the first\n" in path.read_text()
    assert "password: SECRET\n" in path.read_text()
    assert reload.shown()["providers"][0]["name"] == "First"
    assert (await reload.run()).accounts.added == ()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"webdav": {"port": 0}}, "webdav.port is '0'"),
        ({"providers": [{"id": "one", "username": "me", "password": None}]}, "password"),
        ({"providers": [{"id": "two"}]}, "host is missing"),
    ],
)
async def test_a_change_that_is_wrong_changes_nothing(changing, body, said):
    path, providers, reload = changing
    for attempt in (reload.change, reload.check):
        with pytest.raises(InvalidRequestError, match=re.escape(said)):
            await attempt(body)
    assert path.read_text() == FILE
    assert ids(providers) == ["one"]


async def test_what_is_only_tried_changes_nothing(changing):
    path, providers, reload = changing
    assert await reload.check({"providers": []}) == (
        "providers: none is enabled; nothing can be imported or played until one is added",
    )
    assert path.read_text() == FILE
    assert ids(providers) == ["one"]


async def test_changes_at_once_take_turns(changing):
    path, _, reload = changing
    await asyncio.gather(
        *(reload.edit(put(("providers", 0, key), 7)) for key in ("max_connections", "port")),
        *(reload.change({"webdav": {"user": f"u{number}"}}) for number in range(3)),
    )
    text = path.read_text()
    assert "max_connections: 7" in text
    assert "port: 7" in text
    assert text.count("user: u") == 1


async def test_settings_without_a_file_never_change():
    started = settings("one")
    async with Providers(ByteBudget(1 << 20)) as providers:
        reload = Reload(None, started, providers)
        assert (await reload.run()).after_restart == ()
        with pytest.raises(ObstacleError, match="no file of settings"):
            await reload.change({})


async def test_another_level_of_the_log_is_in_force_at_once(changing):
    _, _, reload = changing
    root = logging.getLogger()
    before, alembic = root.level, logging.getLogger("alembic").level
    try:
        changed = await reload.change({"log": {"level": "debug"}})
        assert (changed.after_restart, root.level) == ((), logging.DEBUG)
        await reload.change({"log": {"level": "error"}})
        assert root.level == logging.ERROR
        root.setLevel(logging.WARNING)
        await reload.change({"webdav": {"user": "x"}})
        assert root.level == logging.WARNING
    finally:
        root.setLevel(before)
        logging.getLogger("alembic").setLevel(alembic)


async def test_who_listens_is_told_of_settings_that_are_in_force_and_of_no_others(changing):
    _, providers, reload = changing
    told = []
    reload.listen(lambda now: told.append((now.webdav.user, ids(providers))))
    two = {"id": "two", "host": "two.example", "port": 563}
    await reload.change({"webdav": {"user": "x"}, "providers": [{"id": "one"}, two]})
    with pytest.raises(SettingsError):
        await reload.change({"webdav": {"port": 0}})
    assert told == [("x", ["one", "two"])]
