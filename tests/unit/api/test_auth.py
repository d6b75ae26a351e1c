from __future__ import annotations

import pytest

from altmount.auth.caller import Role
from altmount.auth.gate import Policy
from tests.support.accountsapi import PASSWORD, house


@pytest.fixture
async def home(tmp_path):
    async with house(tmp_path) as home:
        yield home


@pytest.fixture
async def ask(home):
    async with home.client() as ask:
        yield ask


FIRST = {"username": "ann", "email": "", "password": PASSWORD}


async def test_who_registers_is_logged_in_as_admin_and_nobody_else_can(ask, home):
    _, answer = await ask("GET", "/auth/registration-status")
    assert answer["data"] == {"registration_enabled": True, "user_count": 0}
    status, answer = await ask("POST", "/auth/register", FIRST)
    user = answer["data"]["user"]
    assert (status, user["name"], user["is_admin"]) == (200, "ann", True)
    assert len(user["api_key"]) == 32
    status, answer = await ask("GET", "/user")
    assert (status, answer["data"]) == (200, user | {"last_login": answer["data"]["last_login"]})
    _, answer = await ask("GET", "/auth/registration-status")
    assert answer["data"] == {"registration_enabled": False, "user_count": 1}
    async with home.client() as other:
        status, answer = await other("POST", "/auth/register", FIRST | {"username": "ben"})
        assert (status, answer["error"]["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"username": "ab"}, "user name"),
        ({"password": "x" * 11}, "12"),
        ({"email": "x"}, "e-mail"),
        ({"username": 5}, "username"),
        ({"password": None}, "password"),
    ],
)
async def test_what_may_not_be_chosen_is_said(ask, change, word):
    status, answer = await ask("POST", "/auth/register", FIRST | change)
    assert status == 400
    assert word in answer["error"]["message"]
    assert PASSWORD not in str(answer)


async def test_a_login_gives_a_cookie_that_opens_the_api(ask, home):
    await home.kept.accounts.register("ann", "ann@example.com", PASSWORD)
    status, _ = await ask("GET", "/user")
    assert status == 401
    await ask.login("ann@example.com")
    cookie = ask.response.cookies["JWT"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    status, answer = await ask("GET", "/user")
    assert (status, answer["data"]["email"]) == (200, "ann@example.com")
    async with home.client() as other:
        for headers in ({"X_JWT": cookie.value}, {"Authorization": f"Bearer {cookie.value}"}):
            assert (await other("GET", "/user", **headers))[0] == 200


async def test_a_wrong_login_is_refused_in_the_same_words_whoever_it_is(ask, home):
    await home.kept.accounts.register("ann", None, PASSWORD)
    answers = []
    for name, password in (("ann", "wrong"), ("ben", PASSWORD)):
        status, answer = await ask("POST", "/auth/login", {"username": name, "password": password})
        assert status == 401
        answers.append(answer)
    assert answers[0] == answers[1]


@pytest.mark.parametrize("path", ["login", "register", "reset-admin-password"])
async def test_there_are_ten_tries_a_minute(ask, home, path):
    for _ in range(10):
        status, _ = await ask("POST", f"/auth/{path}", {})
        assert status in {400, 403}
    status, answer = await ask("POST", "/auth/login", {"username": "ann", "password": PASSWORD})
    assert (status, answer["error"]["code"]) == (429, "TOO_MANY_REQUESTS")
    assert ask.response.headers["Retry-After"] == "60"
    home.kept.seconds += 60
    assert (await ask("POST", f"/auth/{path}", {}))[0] != 429


async def test_a_forgotten_password_is_reset_only_where_no_login_is_required(ask, home):
    user = await home.kept.accounts.register("ann", None, PASSWORD)
    body = {"username": "ann", "new_password": "another horse"}
    status, answer = await ask("POST", "/auth/reset-admin-password", body)
    assert status == 403
    assert "altmount passwd" in answer["error"]["message"]
    home.kept.policy = Policy(login_required=False)
    assert (await ask("GET", "/auth/config"))[1]["data"] == {"login_required": False}
    for wrong, status in (({"new_password": "short"}, 400), ({"username": "ben"}, 404)):
        assert (await ask("POST", "/auth/reset-admin-password", body | wrong))[0] == status
    await ask.login("ann")
    assert (await ask("POST", "/auth/reset-admin-password", body))[0] == 200
    assert home.kept.accounts.sessions(user.id) == []
    await ask.login("ann", "another horse")


async def test_no_page_of_another_site_logs_anyone_in(ask, home):
    await home.kept.accounts.add("ann", None, PASSWORD, Role.USER)
    body = {"username": "ann", "password": PASSWORD}
    status, _ = await ask("POST", "/auth/login", body, Origin="https://evil.example")
    assert status == 403


@pytest.mark.parametrize("body", [[], "x", None])
async def test_what_is_no_object_is_refused(ask, body):
    assert (await ask("POST", "/auth/login", body))[0] == 400
