from __future__ import annotations

import pytest

from altmount.auth.caller import Role, Scope
from altmount.auth.claims import Claims
from altmount.auth.keys import download_key_of
from altmount.errors import InvalidRequestError, NotFoundError, ObstacleError
from tests.support.accountkeeping import keeping


@pytest.fixture
async def kept(tmp_path):
    async with keeping(tmp_path) as kept:
        yield kept


@pytest.fixture
async def me(kept):
    return await kept.accounts.add("ann", None, None, Role.USER)


async def test_each_account_has_a_key_that_can_be_shown_again(kept, me):
    key = kept.keyring.shown(me.id)
    assert len(key) == 32
    assert kept.gate.by_key(key).name == "ann"
    [first] = kept.keyring.list(me.id)
    assert (first.name, first.scope) == ("default", "full")
    assert key not in first.sealed
    await kept.keyring.ensure(me.id)
    assert len(kept.keyring.list(me.id)) == 1
    with pytest.raises(ObstacleError, match="renew it"):
        await kept.keyring.remove(me.id, first.id)


async def test_other_keys_have_a_scope_and_are_told_once(kept, me):
    key, text = await kept.keyring.add(me.id, "phone", Scope.READ)
    assert (key.scope, key.sealed) == ("read", None)
    assert kept.gate.by_key(text).scope is Scope.READ
    with pytest.raises(ObstacleError, match="phone"):
        await kept.keyring.add(me.id, "phone", Scope.READ)
    with pytest.raises(InvalidRequestError):
        await kept.keyring.add(me.id, "", Scope.READ)
    await kept.keyring.remove(me.id, key.id)
    assert kept.gate.by_key(text) is None


async def test_a_renewed_key_opens_nothing_any_more_nor_do_its_links(kept, me):
    first, old = kept.keyring.list(me.id)[0], kept.keyring.shown(me.id)
    renewed, text = await kept.keyring.renew(me.id, first.id)
    assert renewed.id == first.id
    assert kept.keyring.shown(me.id) == text != old
    assert kept.gate.by_key(old) is None
    assert list(kept.gate.by_secrets(Claims(download_key=download_key_of(old)))) == []
    assert await kept.keyring.renew_first(me.id) == kept.keyring.shown(me.id) != text


async def test_nobody_has_a_hand_on_the_keys_of_others(kept, me):
    you = await kept.accounts.add("ben", None, None, Role.USER)
    key, text = await kept.keyring.add(you.id, "phone", Scope.FULL)
    for change in (kept.keyring.renew(me.id, key.id), kept.keyring.remove(me.id, key.id)):
        with pytest.raises(NotFoundError):
            await change
    assert kept.gate.by_key(text).name == "ben"


async def test_an_account_has_so_many_keys(kept, me):
    for number in range(49):
        await kept.keyring.add(me.id, f"key {number}", Scope.READ)
    with pytest.raises(ObstacleError, match="50"):
        await kept.keyring.add(me.id, "one more", Scope.READ)
