"""Accounts over HTTP, through the real front door and a real news server."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from altmount.newsserver.server import NewsServer
from tests.support.program import KEY, serving

TEST = "/api/config/providers/p0/speedtest"
QUICK = {"speed_test": {"nzb": "", "seconds": 1}}
SECRET = {"username": "me", "password": "SECRET"}


@pytest.fixture
async def news():
    async with NewsServer() as server:
        yield server


@pytest.fixture
async def web():
    async with aiohttp.ClientSession(headers={"X-Api-Key": KEY}) as session:
        yield session


async def asked(web, program, method, path, **options):
    url = f"http://127.0.0.1:{program.port}{path}"
    async with web.request(method, url, **options) as response:
        return response.status, await response.json()


async def data_of(*request, **options):
    status, answer = await asked(*request, **options)
    assert (status, answer["success"]) == (200, True), answer
    return answer["data"]


async def test_s8_many_tests_of_an_account_are_one_within_its_limit(tmp_path, news, web):
    async with serving(tmp_path, news, **QUICK) as program:
        asking = [data_of(web, program, "POST", TEST) for _ in range(8)]
        answers = await asyncio.gather(*asking)
        assert all(answer == answers[0] for answer in answers)
        assert answers[0]["speed_mbps"] > 0
        assert answers[0]["missing"] == 0
        assert news.counters.now.connections_peak <= 8
        history = await data_of(web, program, "GET", "/api/system/provider-speed-history")
        [kept] = history["history"]
        assert kept["provider_id"] == "p0"
        [shown] = await data_of(web, program, "GET", "/api/providers")
        assert shown["last_speed_test_mbps"] == kept["speed_mbps"]
        assert program.program.store.readers == 0
        assert not program.program.store._kept


async def test_s8_a_test_that_nobody_waits_for_ends(tmp_path, news, web):
    long = {"speed_test": {"nzb": "", "seconds": 240}}
    async with serving(tmp_path, news, **long) as program:
        test = asyncio.create_task(data_of(web, program, "POST", TEST))
        await news.counters.until(lambda counts: counts.bodies_in_flight > 0)
        test.cancel()
        await asyncio.gather(test, return_exceptions=True)
        await news.counters.until(lambda counts: counts.bodies_in_flight == 0)
        history = await data_of(web, program, "GET", "/api/system/provider-speed-history")
        assert history["history"] == []


async def test_s8_an_account_that_is_not_in_use_keeps_its_connections(tmp_path, news, web):
    unused = {"provider": {"enabled": False}}
    async with serving(tmp_path, news, **QUICK, **unused) as program:
        await data_of(web, program, "POST", TEST)
        accepted = news.counters.now.connections_accepted
        await data_of(web, program, "POST", TEST)
        assert news.counters.now.connections_accepted == accepted > 0
    await news.counters.until(lambda counts: counts.connections == 0)


async def test_depths_are_tried_within_the_limit_and_nothing_is_changed(tmp_path, news, web):
    async with serving(tmp_path, news, provider={"max_connections": 4}, **QUICK) as program:
        await data_of(web, program, "POST", TEST)
        tuned = await data_of(web, program, "POST", "/api/config/providers/p0/tune-pipeline")
        assert [one["depth"] for one in tuned["tested"]] == [1, 4, 8, 16]
        assert all(one["mbps"] > 0 for one in tuned["tested"])
        assert tuned["recommended_inflight"] in {1, 4, 8, 16}
        assert tuned["test_connections"] == 2
        assert news.counters.now.connections_peak <= 4
        assert program.program.providers.pools[0].state.allowed == 4


async def test_an_account_that_is_unknown_is_not_found(tmp_path, news, web):
    async with serving(tmp_path, news, **QUICK) as program:
        for what in ("speedtest", "tune-pipeline"):
            status, answer = await asked(
                web, program, "POST", f"/api/config/providers/nobody/{what}"
            )
            assert (status, answer["error"]["code"]) == (404, "NOT_FOUND")
            assert answer["error"]["details"]


async def test_a_described_account_is_tried_and_told_what_fails(tmp_path, news, web):
    async with serving(tmp_path, news, **QUICK) as program:
        described = {"host": "127.0.0.1", "port": news.port, "max_connections": 50}
        path = "/api/providers/test"
        found = await data_of(web, program, "POST", path, json=described)
        assert (found["success"], found["step"]) == (True, "done")
        assert found["rtt_ms"] >= 0
        async with NewsServer() as gone:
            port = gone.port
        found = await data_of(
            web, program, "POST", path, json={**described, "port": port, **SECRET}
        )
        assert (found["success"], found["step"]) == (False, "connection")
        assert found["hint"]
        assert "SECRET" not in json.dumps(found)
        assert program.program.providers.pools[0].state.limit == 8
        assert program.program.providers.pools[0].state.allowed == 8


async def test_the_listing_shows_how_accounts_are_and_no_secret(tmp_path, news, web):
    async with serving(tmp_path, news, provider=SECRET, **QUICK) as program:
        [shown] = await data_of(web, program, "GET", "/api/providers")
        assert (shown["id"], shown["password_set"], shown["breaker"]) == ("p0", True, "closed")
        assert shown["connections"]["busy"] == 0
        assert "SECRET" not in json.dumps(shown)


async def test_settings_are_read_again(tmp_path, news, web):
    async with serving(tmp_path, news, **QUICK) as program:
        found = await data_of(web, program, "POST", "/api/config/reload")
        assert found["providers"] == {"added": [], "removed": [], "changed": []}
        assert found["after_restart"] == []
