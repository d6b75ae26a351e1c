from __future__ import annotations

import aiohttp
import pytest

from altmount.newsserver.server import NewsServer
from tests.support.program import KEY, serving, synthetic

SECRET = "s3cret-Word"


@pytest.fixture
async def news():
    async with NewsServer() as server:
        yield server


async def test_accounts_come_change_take_their_turn_and_go(tmp_path, news):
    async with (
        serving(tmp_path, news) as program,
        aiohttp.ClientSession(headers={"X-Api-Key": KEY}) as session,
    ):

        async def ask(method, path="", body=None):
            url = f"http://127.0.0.1:{program.port}/api/providers{path}"
            async with session.request(method, url, json=body) as response:
                text = await response.text()
                assert SECRET not in text
                answer = await response.json()
                return response.status, answer["data"] if answer["success"] else answer["error"]

        new = {"host": "127.0.0.1", "port": news.port, "username": "me", "password": SECRET}
        status, added = await ask("POST", body=new | {"quota_bytes": 1, "state": "ignored"})
        assert (status, added["id"], added["password_set"]) == (200, "provider_1", True)
        status, changed = await ask("PUT", "/provider_1", {"name": "Block", "quota_bytes": None})
        assert (status, changed["name"], changed["quota_bytes"]) == (200, "Block", 0)
        status, ordered = await ask("PUT", "/reorder", {"provider_ids": ["provider_1", "p0"]})
        assert (status, [one["id"] for one in ordered]) == (200, ["provider_1", "p0"])
        assert (await ask("DELETE", "/p0"))[0] == 200
        _, listed = await ask("GET")
        assert [one["id"] for one in listed] == ["provider_1"]
        job = await program.bring(synthetic(200_000, article_size=50_000))
        assert job.status == "completed"

        for status, method, path, body in (
            (400, "POST", "", {"host": "x", "port": "y"}),
            (400, "POST", "", {"port": 119}),
            (409, "POST", "", new | {"id": "provider_1"}),
            (404, "PUT", "/none", {"name": "x"}),
            (400, "PUT", "/provider_1", {"port": 0}),
            (400, "PUT", "/reorder", {}),
            (404, "PUT", "/reorder", {"provider_ids": ["none"]}),
            (404, "DELETE", "/none", None),
            (404, "POST", "/none/reset-quota", None),
            (400, "POST", "/provider_1/reset-quota", None),
        ):
            assert (await ask(method, path, body))[0] == status, (method, path, body)

        await ask("PUT", "/provider_1", {"quota_bytes": 10})
        program.program.providers.pool("provider_1").account.quota.used = 20
        assert (await ask("POST", "/provider_1/reset-quota"))[0] == 200
        assert (await ask("GET"))[1][0]["quota_used"] == 0
