from __future__ import annotations

import asyncio

import pytest

from altmount.auth.caller import Role, Scope
from altmount.auth.claims import Claims
from altmount.auth.errors import RegistrationClosedError, WrongLoginError
from altmount.errors import InvalidRequestError, NotFoundError, ObstacleError
from tests.support.accountkeeping import keeping

PASSWORD = "correct horse"
HOUR = 3600


@pytest.fixture
async def kept(tmp_path):
    async with keeping(tmp_path) as kept:
        yield kept


def logged_in(kept, login):
    return [caller.name for caller in kept.gate.by_secrets(Claims(cookie=login.token))]


async def log_in(kept, name="ann", password=PASSWORD, client="test"):
    return await kept.accounts.login(name, password, "127.0.0.1", client)


async def test_who_comes_first_is_admin_and_closes_the_door(kept):
    assert kept.accounts.registration_open
    user = await kept.accounts.register("ann", "ann@example.com", PASSWORD)
    assert (user.role, user.email) == ("admin", "ann@example.com")
    assert len(kept.keyring.shown(user.id)) == 32
    assert not kept.accounts.registration_open
    with pytest.raises(RegistrationClosedError):
        await kept.accounts.register("ben", None, PASSWORD)


async def test_of_several_at_once_one_is_the_first(kept):
    coming = [kept.accounts.register(f"user{n}", None, PASSWORD) for n in range(4)]
    results = await asyncio.gather(*coming, return_exceptions=True)
    assert sum(isinstance(one, RegistrationClosedError) for one in results) == 3
    assert len(kept.accounts.users) == 1


@pytest.mark.parametrize(
    ("name", "email", "password"),
    [("ab", None, PASSWORD), ("ann", "x", PASSWORD), ("ann", None, "short")],
)
async def test_what_may_not_be_chosen_makes_no_account(kept, name, email, password):
    with pytest.raises(InvalidRequestError):
        await kept.accounts.register(name, email, password)
    with pytest.raises(InvalidRequestError):
        await kept.accounts.add(name, email, password, Role.USER)
    assert kept.accounts.registration_open


async def test_one_logs_in_by_name_or_address(kept):
    await kept.accounts.register("ann", "ann@example.com", PASSWORD)
    for name in ("ann", "ann@example.com"):
        login = await log_in(kept, name)
        assert login.user.last_login == kept.now()
        assert logged_in(kept, login) == ["ann"]
        assert login.token not in repr(login)


async def test_a_wrong_name_and_a_wrong_password_are_told_alike(kept):
    await kept.accounts.register("ann", None, PASSWORD)
    await kept.accounts.add("robot", None, None, Role.USER)
    said = set()
    for name, password in (("ben", PASSWORD), ("ann", "x"), ("robot", ""), ("", "")):
        with pytest.raises(WrongLoginError) as caught:
            await log_in(kept, name, password)
        said.add(str(caught.value))
    assert said == {"wrong user or password"}


async def test_a_login_ends_after_a_day_unless_it_is_refreshed_and_after_a_month_anyhow(kept):
    await kept.accounts.register("ann", None, PASSWORD)
    login = await log_in(kept)
    kept.seconds += 23 * HOUR
    longer = await kept.accounts.refresh(login.token)
    kept.seconds += 23 * HOUR
    assert logged_in(kept, longer) == ["ann"]
    for _ in range(29):
        longer = await kept.accounts.refresh(longer.token)
        kept.seconds += 23.9 * HOUR
    assert logged_in(kept, longer) == []
    with pytest.raises(WrongLoginError):
        await kept.accounts.refresh(longer.token)
    with pytest.raises(WrongLoginError):
        await kept.accounts.refresh("x.y.z")


async def test_a_login_can_be_ended(kept):
    user = await kept.accounts.register("ann", None, PASSWORD)
    first, second = await log_in(kept), await log_in(kept, client="\udcff" * 300)
    one, two = kept.accounts.sessions(user.id)
    assert (one.client, two.client) == ("test", "?" * 200)
    await kept.accounts.end_session(user.id, one.id)
    assert (logged_in(kept, first), logged_in(kept, second)) == ([], ["ann"])
    with pytest.raises(WrongLoginError):
        await kept.accounts.refresh(first.token)
    with pytest.raises(NotFoundError):
        await kept.accounts.end_session(user.id, one.id)


async def test_a_new_password_ends_the_other_logins(kept):
    user = await kept.accounts.register("ann", None, PASSWORD)
    here, there = await log_in(kept), await log_in(kept)
    own = kept.accounts.sessions(user.id)[0].id
    with pytest.raises(WrongLoginError):
        await kept.accounts.change_password(user.id, "wrong", "another horse", session_id=own)
    with pytest.raises(InvalidRequestError):
        await kept.accounts.change_password(user.id, PASSWORD, "short", session_id=own)
    await kept.accounts.change_password(user.id, PASSWORD, "another horse", session_id=own)
    assert (logged_in(kept, here), logged_in(kept, there)) == (["ann"], [])
    with pytest.raises(WrongLoginError):
        await log_in(kept)
    await log_in(kept, password="another horse")
    await kept.accounts.set_password(user.id, "a third horse")
    assert kept.accounts.sessions(user.id) == []


async def test_there_is_always_an_admin(kept):
    ann = await kept.accounts.register("ann", None, PASSWORD)
    ben = await kept.accounts.add("ben", None, PASSWORD, Role.USER)
    for change in (kept.accounts.set_role(ann.id, Role.USER), kept.accounts.remove(ann.id)):
        with pytest.raises(ObstacleError, match="only admin"):
            await change
    assert (await kept.accounts.set_role(ben.id, Role.ADMIN)).role == "admin"
    await kept.accounts.remove(ann.id)
    assert [user.name for user in kept.accounts.users] == ["ben"]
    with pytest.raises(NotFoundError):
        kept.accounts.get(ann.id)
    with pytest.raises(NotFoundError):
        kept.accounts.named("ann")


async def test_what_an_account_may_do_changes_at_once(kept):
    await kept.accounts.register("ann", None, PASSWORD)
    ben = await kept.accounts.add("ben", None, PASSWORD, Role.USER)
    _, key = await kept.keyring.add(ben.id, "phone", Scope.FULL)
    login = await log_in(kept, "ben")
    await kept.accounts.set_role(ben.id, Role.READER)
    [by_login] = kept.gate.by_secrets(Claims(cookie=login.token))
    assert by_login.role is kept.gate.by_key(key).role is Role.READER
    await kept.accounts.remove(ben.id)
    assert kept.gate.by_key(key) is None
    assert logged_in(kept, login) == []


async def test_two_accounts_are_never_called_the_same(kept):
    await kept.accounts.register("ann", "ann@example.com", PASSWORD)
    for name, email in (("ann", None), ("ben", "ann@example.com")):
        with pytest.raises(ObstacleError):
            await kept.accounts.add(name, email, PASSWORD, Role.USER)


async def test_where_nobody_logs_in_the_first_admin_stands_for_all_or_one_is_made(kept):
    made = await kept.accounts.of_nobody()
    assert (made.name, made.role, made.password) == ("admin", "admin", None)
    assert (await kept.accounts.of_nobody()).id == made.id
    assert kept.accounts.registration_open
    taken_over = await kept.accounts.register("admin", None, PASSWORD)
    assert taken_over.id == made.id
    assert len(kept.keyring.list(made.id)) == 1
