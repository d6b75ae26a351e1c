from __future__ import annotations

import asyncio
import re
from time import time

import pytest

from altmount.accountlist import AccountList
from altmount.accounts import accounts_of
from altmount.aio.budget import ByteBudget
from altmount.config.errors import SettingsError
from altmount.config.file import SettingsFile
from altmount.errors import InvalidRequestError, NotFoundError, ObstacleError
from altmount.nntp.poolstate import AccountState
from altmount.nntp.providers import Providers
from altmount.reload import Reload

FILE = """\
# mine
providers:
  - id: one   # the first
    host: one.example
    port: 119
    username: me
    password: SECRET
    proxy_url: socks5://me:HIDDEN@proxy.example:1080
  - host: two.example
    port: 563
    quota_bytes: 1000
"""


class House:
    def __init__(self, path, providers, environ):
        self.path, self.providers = path, providers
        file = SettingsFile(path, environ)
        settings = file.read().settings
        providers.apply(accounts_of(settings.providers))
        self.reload = Reload(file, settings, providers)
        self.accounts = AccountList(self.reload, providers)

    @property
    def ids(self):
        return [pool.provider.id for pool in self.providers.pools]


@pytest.fixture
async def house(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(FILE)
    async with Providers(ByteBudget(1 << 20)) as providers:
        yield House(path, providers, {})


async def test_one_is_added_to_the_file_and_to_what_runs(house):
    added = await house.accounts.add({"host": "new.example", "port": 563, "tls": True})
    assert (added["id"], added["tls"], added["password_set"]) == ("provider_1", True, False)
    assert house.ids == ["one", "two.example", "provider_1"]
    assert house.path.read_text().startswith(FILE)
    await house.accounts.add({"id": "four", "host": "new.example", "port": 563})
    with pytest.raises(ObstacleError, match="there is a provider 'four'"):
        await house.accounts.add({"id": "four", "host": "x", "port": 1})
    assert house.ids[-1] == "four"


async def test_many_at_once_are_all_added(house):
    new = {"host": "new.example", "port": 563}
    added = await asyncio.gather(*(house.accounts.add(new) for _ in range(4)))
    assert {one["id"] for one in added} == {f"provider_{number}" for number in range(1, 5)}
    assert len(house.ids) == 6


async def test_one_is_changed_and_keeps_what_is_not_spoken_of(house):
    shown = house.reload.settings.providers[0]
    changed = await house.accounts.change(
        "one",
        {"max_connections": 3, "password": "", "proxy_url": "socks5://proxy.example:1080"},
    )
    assert (changed["max_connections"], changed["password_set"]) == (3, True)
    [one, _] = house.reload.settings.providers
    assert one.password == shown.password
    assert one.proxy_url == shown.proxy_url
    assert house.path.read_text() == FILE.replace(
        "HIDDEN@proxy.example:1080\n", ("HIDDEN@proxy.example:1080\n    max_connections: 3\n")
    )
    assert "SECRET" not in str(changed)
    assert "HIDDEN" not in str(changed)


async def test_a_password_goes_to_no_other_host(house):
    with pytest.raises(SettingsError, match="another host now; give the password again"):
        await house.accounts.change("one", {"host": "evil.example"})
    await house.accounts.change("one", {"host": "good.example", "password": "new"})
    await house.accounts.change("two.example", {"host": "2.example"})
    assert [pool.provider.host for pool in house.providers.pools] == ["good.example", "2.example"]
    assert house.ids == ["one", "two.example"]


async def test_one_is_removed_and_others_are_put_in_order(house):
    ordered = await house.accounts.order(["two.example"])
    assert [one["id"] for one in ordered] == house.ids == ["two.example", "one"]
    await house.accounts.remove("two.example")
    assert house.ids == ["one"]
    assert "two.example" not in house.path.read_text()
    assert "one   # the first" in house.path.read_text()


async def test_what_is_not_there_is_said(house):
    before = house.path.read_text()
    for attempt in (
        house.accounts.change("none", {}),
        house.accounts.remove("none"),
        house.accounts.order(["none"]),
    ):
        with pytest.raises(NotFoundError, match="no provider 'none'"):
            await attempt
    with pytest.raises(InvalidRequestError, match="twice"):
        await house.accounts.order(["one", "one"])
    with pytest.raises(SettingsError, match=re.escape("providers[0].port is '0'")):
        await house.accounts.change("one", {"port": 0})
    assert house.path.read_text() == before


async def test_what_the_environment_adds_is_not_written_into_the_file(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(FILE)
    environ = {
        "ALTMOUNT_PROVIDERS__2__HOST": "three.example",
        "ALTMOUNT_PROVIDERS__2__PORT": "119",
    }
    async with Providers(ByteBudget(1 << 20)) as providers:
        house = House(path, providers, environ)
        with pytest.raises(SettingsError, match="environment variables"):
            await house.accounts.remove("one")
    assert path.read_text() == FILE


async def test_a_quota_begins_anew(house):
    pool = house.providers.pool("two.example")
    pool.account.quota.used = 5000
    assert pool.state.account is AccountState.QUOTA_USED_UP
    house.accounts.renew("two.example")
    assert pool.state.account is AccountState.OK
    usage = house.providers.usage(time())[pool.provider.identity]
    assert usage.used == 0
    assert usage.since == pytest.approx(time(), abs=60)
    with pytest.raises(InvalidRequestError, match="no quota"):
        house.accounts.renew("one")
    with pytest.raises(NotFoundError):
        house.accounts.renew("none")
