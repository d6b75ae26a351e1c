"""Each address refuses whoever may not ask for it, over real HTTP."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager

import aiohttp
import pytest

from altmount import app
from altmount.auth.caller import Access
from altmount.config.load import load_settings
from altmount.program import running
from altmount.web.eventstream import MEDIA
from altmount.web.permits import READING
from altmount.web.readiness import Readiness
from tests.support.accesspage import rows_of
from tests.support.program import write_settings

PASSWORD = "correct horse"
CHANGE_NOTHING = {
    "POST /api/files/link",
    "POST /api/files/export-batch",
}  # and yet are no GETs: readers may ask for them
FOREIGN = {"Origin": "https://evil.example"}
WRONG = {"Authorization": aiohttp.encode_basic_auth("usenet", "wrong")}


class Asking:
    """The program's routes, and a client that has a login and keys."""

    def __init__(self, rows, url, session):
        self.rows, self._url, self._session = rows, url, session
        self.login, self.reading = {}, {}

    async def __call__(self, method, path, **headers):
        """Status and body of an answer; whatever stands for a number is one."""
        path = re.sub(r"\{[a-z_]+\}", "1", path)
        async with self._session.request(
            method, self._url + path, headers=headers, allow_redirects=False
        ) as response:
            if response.content_type == MEDIA:  # which does not end
                return response.status, ""
            return response.status, await response.text()

    async def log_in(self):
        """An admin, whose browser has a cookie and whose dashboard has a key for reading."""
        first = {"username": "ann", "password": PASSWORD}
        url = f"{self._url}/api/auth/register"
        async with self._session.post(url, json=first) as response:
            self.login = {"Cookie": f"JWT={response.cookies['JWT'].value}"}
        key = {"name": "dashboard", "scope": "read"}
        url = f"{self._url}/api/user/keys"
        async with self._session.post(url, json=key, headers=self.login) as response:
            self.reading = {"X-Api-Key": (await response.json())["data"]["api_key"]}


@asynccontextmanager
async def asking_in(folder, **sections):
    settings = load_settings(write_settings(folder, [], **sections), {}).settings
    readiness = Readiness()
    async with running(settings) as program, app.doors(program, readiness) as doors:
        runner = app.make_runner(doors.common)
        await runner.setup()
        try:
            site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            readiness.be_ready()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
                asking = Asking(rows_of(doors), url, session)
                await asking.log_in()
                yield asking
        finally:
            await runner.cleanup()


@pytest.fixture
async def ask(tmp_path):
    async with asking_in(tmp_path, sabnzbd={"enabled": True}) as asking:
        yield asking


async def test_whatever_changes_something_refuses_who_may_not(ask):
    seen = 0
    for method, path, access in ask.rows:
        if method in READING or access is Access.OWN:
            continue
        seen += 1
        asked = f"{method} {path}"
        status, body = await ask(method, path, **ask.login, **FOREIGN)
        assert (status, "another site" in body) == (403, True), asked
        if access is Access.OPEN:
            continue
        assert (await ask(method, path))[0] == 401, asked
        assert (await ask(method, path, **WRONG))[0] == 401, asked
        if asked not in CHANGE_NOTHING:
            assert (await ask(method, path, **ask.reading))[0] == 403, asked
    assert seen > 30


async def test_whatever_is_looked_at_is_seen_by_none_who_may_not(ask):
    seen = 0
    for method, path, access in ask.rows:
        if method not in READING or access in {Access.OWN, Access.OPEN}:
            continue
        seen += 1
        assert (await ask(method, path))[0] == 401, path
        assert (await ask(method, path, **WRONG))[0] == 401, path
        allowed = access not in {Access.ADMIN, Access.ACCOUNT, Access.CHANGE}
        assert ((await ask(method, path, **ask.reading))[0] not in {401, 403}) is allowed, path
        assert (await ask(method, path, **ask.login))[0] not in {401, 403}, path
    assert seen > 10


async def test_what_asks_by_itself_refuses_too(ask):
    paths = [(method, path) for method, path, access in ask.rows if access is Access.OWN]
    assert len(paths) > 3
    for method, path in paths:
        change = f"{path}?mode=queue&name=delete&value=all"
        assert "API Key Required" in (await ask(method, change))[1]
        for key in ("wrong", ask.reading["X-Api-Key"]):
            assert "API Key Incorrect" in (await ask(method, f"{change}&apikey={key}"))[1]


async def test_where_no_login_is_required_files_and_webdav_ask_for_one(tmp_path):
    sections = {"auth": {"login_required": False}, "sabnzbd": {"enabled": True}}
    async with asking_in(tmp_path, **sections) as ask:
        for method, path, access in ask.rows:
            if access is Access.OWN:
                assert "API Key" in (await ask(method, f"{path}?mode=queue"))[1]
            elif access.kept:
                assert (await ask(method, path))[0] == 401, path
            elif method not in READING:
                status, body = await ask(method, path, **FOREIGN)
                assert (status, "another site" in body) == (403, True), path
            elif access is not Access.ACCOUNT:
                assert (await ask(method, path))[0] not in {401, 403}, path


async def test_an_address_that_is_not_there_tells_nobody_so(ask):
    assert (await ask("GET", "/api/nothing"))[0] == 401
    assert (await ask("GET", "/api/nothing", **ask.login))[0] == 404
    assert (await ask("POST", "/api/nothing", **ask.reading))[0] == 403
