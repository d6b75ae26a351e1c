from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from altmount.db.database import Database
from altmount.db.errors import ConflictError, OutdatedDatabaseError
from altmount.db.users import Session, UserRepository
from altmount.errors import NotFoundError

NOW = datetime(2026, 11, 25, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def users(database):
    return UserRepository(database)


def session(user, digest, *, created=NOW, hours=24):
    ends = created + timedelta(hours=hours)
    return Session(0, user.id, digest, created, created, ends, "::1", "test")


async def names(users):
    return [user.name for user in (await users.everyone(NOW)).users]


async def test_an_account_is_kept_as_it_was_made(users):
    user = await users.add("me", "me@example.com", "$argon2id$x", "admin", NOW)
    assert (user.name, user.email, user.password, user.role) == (
        *("me", "me@example.com", "$argon2id$x"),
        "admin",
    )
    assert (user.created, user.last_login) == (NOW, None)
    assert (await users.everyone(NOW)).users == [user]
    assert "argon2" not in repr(user)


@pytest.mark.parametrize(("name", "email"), [("me", None), ("you", "me@example.com")])
async def test_two_accounts_have_neither_name_nor_address_in_common(users, name, email):
    await users.add("me", "me@example.com", None, "user", NOW)
    other = await users.add("other", None, None, "user", NOW)
    with pytest.raises(ConflictError):
        await users.add(name, email, None, "user", NOW)
    with pytest.raises(ConflictError):
        await users.change(other.id, name=name, email=email)
    assert await names(users) == ["me", "other"]


async def test_only_one_is_the_first_however_many_come_at_once(users):
    coming = [users.add_first(f"u{n}", None, "hash", "admin", NOW) for n in range(4)]
    results = await asyncio.gather(*coming, return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["ConflictError"] * 3 + ["User"]
    assert len(await names(users)) == 1


async def test_who_comes_first_takes_over_an_account_that_nobody_can_log_in_to(users):
    made = await users.add("admin", None, None, "user", NOW)
    first = await users.add_first("admin", "a@b.c", "hash", "admin", NOW)
    assert (first.id, first.password, first.role) == (made.id, "hash", "admin")
    with pytest.raises(ConflictError):
        await users.add_first("other", None, "hash", "admin", NOW)


async def test_an_account_is_changed_and_removed_with_all_that_it_has(users):
    me = await users.add("me", None, "old", "user", NOW)
    you = await users.add("you", None, None, "user", NOW)
    assert (await users.change(me.id, password="new")).password == "new"
    for user in (me, you):
        await users.add_key(user.id, "default", "full", f"k{user.id}", None, NOW)
        await users.begin_session(session(user, f"s{user.id}"), 5)
    await users.remove(me.id)
    everyone = await users.everyone(NOW)
    assert [user.name for user in everyone.users] == ["you"]
    assert [key.user for key in everyone.keys] == [you.id]
    assert [one.user for one in everyone.sessions] == [you.id]


async def test_the_number_of_an_account_is_never_given_again(users):
    gone = await users.add("me", None, None, "user", NOW)
    await users.remove(gone.id)
    assert (await users.add("you", None, None, "user", NOW)).id > gone.id


async def test_a_key_belongs_to_its_account_alone(users):
    me = await users.add("me", None, None, "user", NOW)
    you = await users.add("you", None, None, "user", NOW)
    key = await users.add_key(me.id, "phone", "read", "digest", "sealed", NOW)
    assert (key.name, key.scope, key.digest, key.sealed) == ("phone", "read", "digest", "sealed")
    with pytest.raises(ConflictError):
        await users.add_key(me.id, "phone", "read", "other", None, NOW)
    for change in (
        users.remove_key(you.id, key.id),
        users.renew_key(you.id, key.id, "new", None, LATER),
    ):
        with pytest.raises(NotFoundError):
            await change
    renewed = await users.renew_key(me.id, key.id, "new", None, LATER)
    assert (renewed.id, renewed.digest, renewed.sealed, renewed.created) == (
        *(key.id, "new", None),
        LATER,
    )
    await users.remove_key(me.id, key.id)
    assert (await users.everyone(NOW)).keys == []


async def test_a_login_is_kept_until_it_expires(users):
    me = await users.add("me", None, None, "user", NOW)
    begun = await users.begin_session(session(me, "a", hours=1), 5)
    assert (begun.digest, begun.address, begun.client) == ("a", "::1", "test")
    everyone = await users.everyone(NOW)
    assert everyone.sessions == [begun]
    assert everyone.users[0].last_login == NOW
    assert (await users.everyone(begun.expires)).sessions == []
    await users.extend_session(begun.id, LATER, LATER + timedelta(hours=5))
    [longer] = (await users.everyone(begun.expires)).sessions
    assert (longer.seen, longer.expires) == (LATER, LATER + timedelta(hours=5))


async def test_there_are_so_many_logins_and_the_oldest_goes_first(users):
    me = await users.add("me", None, None, "user", NOW)
    you = await users.add("you", None, None, "user", NOW)
    await users.begin_session(session(you, "yours"), 2)
    await users.begin_session(session(me, "short", hours=0.5), 2)
    for digest in "abc":
        await users.begin_session(session(me, digest, created=LATER), 2)
    kept = [one.digest for one in (await users.everyone(NOW)).sessions]
    assert kept == ["yours", "b", "c"]


async def test_a_login_is_ended_by_its_account_alone(users):
    me = await users.add("me", None, None, "user", NOW)
    you = await users.add("you", None, None, "user", NOW)
    first, second, third = [await users.begin_session(session(me, d), 5) for d in "abc"]
    with pytest.raises(NotFoundError):
        await users.end_session(you.id, first.id)
    await users.end_session(me.id, first.id)
    with pytest.raises(NotFoundError):
        await users.end_session(me.id, first.id)
    await users.end_sessions(me.id, but=third.id)
    assert (await users.everyone(NOW)).sessions == [third]
    await users.end_sessions(me.id)
    assert (await users.everyone(NOW)).sessions == []
    assert second.id < third.id


@pytest.mark.parametrize("change", ["change", "remove"])
async def test_an_account_that_is_not_there_is_said_not_to_be(users, change):
    with pytest.raises(NotFoundError):
        await getattr(users, change)(9, **({"name": "x"} if change == "change" else {}))


async def test_accounts_are_changed_beside_the_process_that_has_the_database(address):
    async with Database.open(address) as database, Database.beside(address) as other:
        here, there = UserRepository(database), UserRepository(other)
        made = await there.add("me", None, None, "user", NOW)
        assert (await here.everyone(NOW)).users == [made]
        await asyncio.gather(
            *(here.change(made.id, role="admin") for _ in range(5)),
            *(there.change(made.id, password=f"hash {n}") for n in range(5)),
        )
        [user] = (await here.everyone(NOW)).users
        assert (user.role, user.password) == ("admin", "hash 4")


async def test_a_database_that_is_not_there_is_not_made_beside_nobody(tmp_path):
    with pytest.raises(OutdatedDatabaseError):
        async with Database.beside(tmp_path / "none.db"):
            pass
    assert not (tmp_path / "none.db").exists()
