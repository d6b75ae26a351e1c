"""The API of accounts behind a door, on a database of its own."""

from __future__ import annotations

from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from altmount.api.auth import AuthApi
from altmount.api.user import UserApi
from altmount.api.users import UsersApi
from altmount.auth.gate import Policy
from altmount.web import errors
from altmount.web.attempts import FailedLogins
from altmount.web.auth import Door
from altmount.web.permits import Permits
from altmount.web.route import said_of
from altmount.web.tries import Tries
from tests.support.accountkeeping import keeping

PASSWORD = "correct horse"
KEY = "k" * 32


class House:
    """Accounts, and a client of their API."""

    def __init__(self, kept, server):
        self.kept, self._server = kept, server

    @asynccontextmanager
    async def client(self, **options):
        jar = aiohttp.CookieJar(unsafe=True)  # which keeps cookies of hosts without names
        url = self._server.make_url("/")
        async with aiohttp.ClientSession(url, cookie_jar=jar, **options) as client:
            yield Asking(client)


class Asking:
    """A client with a cookie jar, as a browser has one."""

    def __init__(self, client):
        self.client = client

    async def __call__(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): text for name, text in headers.items()}
        async with self.client.request(
            method, f"/api{path}", json=body, headers=headers
        ) as response:
            self.response = response
            text = await response.text()
            return response.status, await response.json() if text else None

    async def login(self, name, password=PASSWORD):
        status, answer = await self("POST", "/auth/login", {"username": name, "password": password})
        assert status == 200, answer
        return answer["data"]["user"]


@asynccontextmanager
async def house(folder, *, policy=Policy(key_override=KEY)):  # noqa: B008 it never changes
    """The API of accounts, of which there are none yet."""
    async with keeping(folder, policy=policy) as kept:
        accounts, keyring, gate = kept.accounts, kept.keyring, kept.gate
        tries = Tries(FailedLogins(lambda: kept.seconds))
        apis = (
            AuthApi("/api", accounts, keyring, gate, tries),
            UserApi("/api", accounts, keyring, gate, tries),
            UsersApi("/api", accounts),
        )
        permits = Permits({})
        door = Door(gate, permits, FailedLogins(lambda: kept.seconds), kept.directory.freshen)
        app = web.Application(middlewares=[errors.middleware, door.middleware])
        for api in apis:
            app.add_routes(api.routes)
            permits.say(said_of(api.routes))
        async with TestServer(app) as server:
            yield House(kept, server)
