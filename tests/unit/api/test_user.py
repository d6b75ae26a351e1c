from __future__ import annotations

import pytest

from altmount.auth.caller import Role, Scope
from altmount.auth.gate import Policy
from tests.support.accountsapi import KEY, PASSWORD, house


@pytest.fixture
async def home(tmp_path):
    async with house(tmp_path) as home:
        await home.kept.accounts.register("ann", None, PASSWORD)
        await home.kept.accounts.add("ben", None, PASSWORD, Role.READER)
        yield home


@pytest.fixture
async def ask(home):
    async with home.client() as ask:
        await ask.login("ben")
        yield ask


async def test_each_sees_the_own_account_and_its_key(ask, home):
    status, answer = await ask("GET", "/user")
    user = answer["data"]
    assert (status, user["name"], user["is_admin"]) == (200, "ben", False)
    assert user["provider"] == "direct"
    assert user["api_key"] == home.kept.keyring.shown(int(user["id"]))


async def test_a_key_that_is_good_for_less_does_not_find_out_one_that_is_good_for_more(ask, home):
    ben = home.kept.accounts.named("ben")
    _, reading = await home.kept.keyring.add(ben.id, "phone", Scope.READ)
    async with home.client() as other:
        status, answer = await other("GET", "/user", X_Api_Key=reading)
        assert (status, answer["data"]["name"], answer["data"]["api_key"]) == (200, "ben", "")
        for method, path in (
            ("GET", "/user/keys"),
            ("POST", "/user/keys"),
            ("POST", "/user/api-key/regenerate"),
            ("GET", "/user/sessions"),
            ("PUT", "/user/password"),
        ):
            assert (await other(method, path, {}, X_Api_Key=reading))[0] == 403


async def test_who_came_without_an_account_has_none(home):
    async with home.client() as ask:
        _, answer = await ask("GET", "/user", X_Api_Key=KEY)
        assert (answer["data"]["provider"], answer["data"]["is_admin"]) == ("none", True)
        for method, path in (("GET", "/user/keys"), ("POST", "/user/api-key/regenerate")):
            status, answer = await ask(method, path, X_Api_Key=KEY)
            assert status == 403
            assert "no account" in answer["error"]["message"]
        assert (await ask("POST", "/user/logout", X_Api_Key=KEY))[0] == 200


async def test_where_no_login_is_required_everyone_is_admin(home):
    home.kept.policy = Policy(login_required=False)
    async with home.client() as ask:
        _, answer = await ask("GET", "/user")
        user = answer["data"]
        assert (user["id"], user["name"], user["provider"], user["is_admin"]) == (
            *("anonymous", "Admin", "none"),
            True,
        )
        status, answer = await ask("POST", "/user/api-key/regenerate")
        ann = home.kept.accounts.named("ann")
        assert (status, answer["data"]["api_key"]) == (200, home.kept.keyring.shown(ann.id))


async def test_a_login_is_refreshed_and_ended(ask):
    status, _ = await ask("POST", "/user/refresh")
    assert status == 200
    assert ask.response.cookies["JWT"].value
    token = ask.response.cookies["JWT"].value
    assert (await ask("POST", "/user/logout"))[0] == 200
    assert ask.response.cookies["JWT"].value == ""
    assert (await ask("GET", "/user"))[0] == 401
    assert (await ask("GET", "/user", X_JWT=token))[0] == 401
    assert (await ask("POST", "/user/refresh", X_JWT=token))[0] == 401


async def test_a_key_cannot_be_refreshed_into_a_login(ask, home):
    key = home.kept.keyring.shown(home.kept.accounts.named("ben").id)
    async with home.client() as other:
        status, _ = await other("POST", "/user/refresh", X_Api_Key=key)
        assert status == 401
        assert "JWT" not in other.response.cookies


async def test_the_first_key_is_renewed(ask, home):
    ben = home.kept.accounts.named("ben")
    old = home.kept.keyring.shown(ben.id)
    status, answer = await ask("POST", "/user/api-key/regenerate")
    assert status == 200
    assert answer["data"]["api_key"] == home.kept.keyring.shown(ben.id) != old


async def test_a_password_is_changed_by_who_knows_it(ask, home):
    async with home.client() as other:
        await other.login("ben")
        body = {"current_password": "wrong", "new_password": "another horse"}
        assert (await ask("PUT", "/user/password", body))[0] == 401
        body["current_password"] = PASSWORD
        assert (await ask("PUT", "/user/password", body | {"new_password": "x"}))[0] == 400
        assert (await ask("PUT", "/user/password", body))[0] == 200
        assert (await ask("GET", "/user"))[0] == 200
        assert (await other("GET", "/user"))[0] == 401


async def test_whoever_has_a_login_cannot_try_all_passwords_either(ask, home):
    body = {"current_password": "wrong", "new_password": "another horse"}
    for _ in range(9):  # the login itself was a try
        assert (await ask("PUT", "/user/password", body))[0] == 401
    body["current_password"] = PASSWORD
    assert (await ask("PUT", "/user/password", body))[0] == 429
    home.kept.seconds += 60
    assert (await ask("PUT", "/user/password", body))[0] == 200


async def test_logins_are_listed_and_ended_but_not_those_of_others(ask, home):
    async with home.client() as other:
        await other.login("ben")
        _, answer = await ask("GET", "/user/sessions")
        first, second = answer["data"]
        assert (first["current"], second["current"]) == (True, False)
        assert first["address"] == "127.0.0.1"
        assert "aiohttp" in first["client"]
        assert (await ask("DELETE", f"/user/sessions/{second['id']}"))[0] == 204
        assert (await other("GET", "/user"))[0] == 401
        await other.login("ann")
        assert (await other("DELETE", f"/user/sessions/{first['id']}"))[0] == 404
    assert (await ask("GET", "/user"))[0] == 200


async def test_keys_are_made_listed_renewed_and_removed(ask, home):
    status, answer = await ask("POST", "/user/keys", {"name": "phone", "scope": "read"})
    made = answer["data"]
    assert (status, made["name"], made["scope"]) == (201, "phone", "read")
    async with home.client() as other:
        assert (await other("GET", "/user", X_Api_Key=made["api_key"]))[0] == 200
        _, answer = await ask("POST", f"/user/keys/{made['id']}/renew")
        renewed = answer["data"]["api_key"]
        assert (await other("GET", "/user", X_Api_Key=made["api_key"]))[0] == 401
        assert (await other("GET", "/user", X_Api_Key=renewed))[0] == 200
        _, answer = await ask("GET", "/user/keys")
        assert [(key["name"], key["removable"]) for key in answer["data"]] == [
            ("default", False),
            ("phone", True),
        ]
        assert renewed not in str(answer)
        assert (await ask("DELETE", f"/user/keys/{made['id']}"))[0] == 204
        assert (await other("GET", "/user", X_Api_Key=renewed))[0] == 401
    assert (await ask("DELETE", f"/user/keys/{made['id']}"))[0] == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "default"}, 409),
        ({"name": "x", "scope": "files"}, 400),
        ({"name": ""}, 400),
        ({"scope": "read"}, 400),
        ({"name": "x", "scope": None}, 400),
    ],
)
async def test_what_can_be_no_key_is_refused(ask, body, status):
    assert (await ask("POST", "/user/keys", body))[0] == status
