from __future__ import annotations

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from altmount.api.reload import ReloadApi
from altmount.config.errors import SettingsError
from altmount.nntp.providers import Changes
from altmount.reload import Reloaded
from altmount.web import errors


class Reading:
    def __init__(self, outcome):
        self.outcome = outcome

    async def run(self):
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


async def reloaded(outcome):
    app = web.Application(middlewares=[errors.middleware])
    app.add_routes(ReloadApi("/api", Reading(outcome)).routes)
    async with (
        TestClient(TestServer(app)) as client,
        client.post("/api/config/reload") as response,
    ):
        return response.status, await response.json()


async def test_it_tells_what_is_in_force_and_what_is_not():
    status, found = await reloaded(Reloaded(Changes(("a",), ("b",), ()), ("log.level",), ("w",)))
    assert (status, found["success"]) == (200, True)
    data = found["data"]
    assert data["providers"] == {"added": ["a"], "removed": ["b"], "changed": []}
    assert (data["after_restart"], data["warnings"]) == (["log.level"], ["w"])


async def test_what_is_wrong_in_the_settings_is_told():
    status, found = await reloaded(SettingsError(["config.yaml:3: webdav.port is 0"]))
    assert (status, found["success"]) == (400, False)
    assert "webdav.port" in found["error"]["message"]
