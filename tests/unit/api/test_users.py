from __future__ import annotations

import pytest

from tests.support.accountsapi import PASSWORD, house


@pytest.fixture
async def home(tmp_path):
    async with house(tmp_path) as home:
        await home.kept.accounts.register("ann", None, PASSWORD)
        yield home


@pytest.fixture
async def ask(home):
    async with home.client() as ask:
        await ask.login("ann")
        yield ask


BEN = {"username": "ben", "password": PASSWORD, "role": "reader"}


async def test_an_admin_makes_changes_and_removes_accounts(ask, home):
    status, answer = await ask("POST", "/users", BEN)
    ben = answer["data"]
    assert (status, ben["name"], ben["role"], ben["has_password"]) == (201, "ben", "reader", True)
    _, answer = await ask("GET", "/users")
    assert [user["name"] for user in answer["data"]] == ["ann", "ben"]
    async with home.client() as other:
        await other.login("ben")
        assert (await other("GET", "/users"))[0] == 403
        assert (await other("POST", "/users", BEN | {"username": "eve"}))[0] == 403
        change = {"role": "admin"}
        assert (await ask("PATCH", f"/users/{ben['id']}", change))[1]["data"]["role"] == "admin"
        assert (await other("GET", "/users"))[0] == 200
        change = {"password": "another horse"}
        assert (await ask("PATCH", f"/users/{ben['id']}", change))[0] == 200
        assert (await other("GET", "/users"))[0] == 401
        await other.login("ben", "another horse")
        assert (await ask("DELETE", f"/users/{ben['id']}"))[0] == 204
        assert (await other("GET", "/users"))[0] == 401
    assert PASSWORD not in str(answer)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (BEN | {"username": "ann"}, 409),
        (BEN | {"role": "king"}, 400),
        (BEN | {"password": "short"}, 400),
        (BEN | {"email": "x"}, 400),
        ({}, 400),
    ],
)
async def test_what_can_be_no_account_is_refused(ask, body, status):
    assert (await ask("POST", "/users", body))[0] == status


async def test_the_last_admin_stays(ask, home):
    ann = home.kept.accounts.named("ann").id
    status, answer = await ask("PATCH", f"/users/{ann}", {"role": "user"})
    assert (status, answer["error"]["code"]) == (409, "CONFLICT")
    assert (await ask("DELETE", f"/users/{ann}"))[0] == 409
    for method in ("PATCH", "DELETE"):
        assert (await ask(method, "/users/99", {"role": "admin"}))[0] == 404


async def test_an_account_without_a_password_is_for_keys(ask, home):
    _, answer = await ask("POST", "/users", {"username": "robot"})
    assert (answer["data"]["role"], answer["data"]["has_password"]) == ("user", False)
    key = home.kept.keyring.shown(answer["data"]["id"])
    async with home.client() as other:
        assert (await other("GET", "/user", X_Api_Key=key))[1]["data"]["name"] == "robot"
