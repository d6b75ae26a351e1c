from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from altmount.newsserver.knobs import Knobs
from altmount.newsserver.server import NewsServer
from tests.support.client import asking
from tests.support.program import KEY, free_port, serving, synthetic

SECRET = "s3cret-Word"
LOGIN = {"username": "me", "password": SECRET}


@pytest.fixture
async def news():
    async with NewsServer() as server:
        yield server


@pytest.fixture
async def program(tmp_path, news):
    async with serving(tmp_path, news, provider=LOGIN, speed_test={"nzb": ""}) as program:
        yield program


async def call(program, method, path, **options):
    headers = {"X-Api-Key": KEY}
    url = f"http://127.0.0.1:{program.port}/api{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, headers=headers, **options) as response,
    ):
        text = await response.text()
        assert SECRET not in text
        return response.status, json.loads(text)


def film(size=2_000_000):
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", synthetic(size, article_size=50_000), filename="film.nzb")
    return form


async def test_S8_many_clients_make_one_test_within_the_accounts_connections(program, news):
    answers = await asyncio.gather(
        *(call(program, "POST", "/config/providers/p0/speedtest") for _ in range(5))
    )
    assert {status for status, _ in answers} == {200}
    data = [answer["data"] for _, answer in answers]
    assert all(one == data[0] for one in data)
    assert data[0]["speed_mbps"] > 0
    assert data[0]["post"] == "the news server's own"
    assert set(news.counters.now.body_requests.values()) == {1}
    assert news.counters.now.connections_peak <= 8
    store = program.program.store
    assert (store.kept, store.ahead) == (0, 0)
    assert program.program.budget.used == 0

    _, history = await call(program, "GET", "/system/provider-speed-history?days=1")
    [kept] = history["data"]["history"]
    assert (kept["provider_id"], kept["speed_mbps"]) == ("p0", data[0]["speed_mbps"])
    _, listed = await call(program, "GET", "/providers")
    [provider] = listed["data"]
    assert provider["last_speed_test_mbps"] == data[0]["speed_mbps"]
    assert provider["last_speed_test_time"]
    assert provider["password_set"] is True
    assert "waiting" in provider["line"] or "queued" in provider["line"]


async def test_an_nzb_of_the_users_choice_is_fetched(program, news):
    status, answer = await call(program, "POST", "/providers/p0/speedtest", data=film())
    assert status == 200
    assert answer["data"]["articles"] == 40
    assert answer["data"]["post"] == "film.nzb"
    assert len(news.counters.now.body_requests) == 40


async def test_a_test_that_all_have_left_ends(program, news):
    news.knobs = Knobs(total_rate=100_000)
    before = program.snapshot()
    target = "/api/providers/p0/speedtest"
    headers = ["Content-Length: 0"]
    async with asking(program.port, target, method="POST", headers=headers):
        async with asyncio.timeout(10):
            await news.counters.until(lambda counts: counts.bodies_in_flight > 0)
    await program.calm(since=before)


async def test_what_is_wrong_with_a_request_is_said(program):
    status, answer = await call(program, "POST", "/providers/none/speedtest")
    assert (status, answer["error"]["code"]) == (404, "NOT_FOUND")
    assert answer["error"]["details"]
    status, _ = await call(program, "POST", "/providers/p0/speedtest", json={"nzb_url": 5})
    assert status == 400
    status, answer = await call(
        program, "POST", "/providers/p0/speedtest", json={"nzb_url": "http://127.0.0.1:1/"}
    )
    assert status == 400
    assert "private" in answer["error"]["message"]
    form = aiohttp.FormData()
    form.add_field("file", b"junk", filename="a.nzb")
    status, _ = await call(program, "POST", "/providers/p0/speedtest", data=form)
    assert status == 502
    for days in ("0", "x", "1826"):
        status, _ = await call(program, "GET", f"/system/provider-speed-history?days={days}")
        assert status == 400


async def test_an_account_that_is_not_in_use_is_tested_over_a_client_of_its_own(tmp_path, news):
    off = {"enabled": False}
    async with serving(tmp_path, news, provider=off, speed_test={"nzb": ""}) as program:
        status, answer = await call(program, "POST", "/providers/p0/speedtest", data=film())
        assert status == 200
        assert answer["data"]["articles"] == 40
        assert news.counters.now.connections_peak <= 8
        assert news.counters.now.connections > 0
    async with asyncio.timeout(2):
        await news.counters.until(lambda counts: not counts.connections)


async def test_tuning_stays_within_the_account_and_says_what_it_tried(program, news):
    news.knobs = Knobs(connection_cap=8)
    await call(program, "POST", "/providers/p0/speedtest", data=film())
    status, answer = await call(program, "POST", "/config/providers/p0/tune-pipeline")
    assert status == 200
    data = answer["data"]
    assert [one["depth"] for one in data["tested"]] == [1, 4, 8, 16]
    assert data["test_connections"] == 4
    assert data["recommended_inflight"] in {1, 4, 8, 16}
    assert data["enabled"] == (data["best_mbps"] >= data["baseline_mbps"] * 1.1)
    assert news.counters.now.connections_refused == 0


async def test_an_account_is_checked_before_it_is_kept(program, news):
    described = {"host": "127.0.0.1", "port": news.port, **LOGIN}
    _, answer = await call(program, "POST", "/providers/test", json=described)
    assert answer["data"]["success"] is True
    assert answer["data"]["rtt_ms"] > 0
    described["port"] = free_port()
    _, answer = await call(program, "POST", "/providers/test", json=described)
    data = answer["data"]
    assert (data["success"], data["step"]) == (False, "connection")
    assert data["error_message"]
    assert data["hint"]


async def test_a_check_takes_the_password_that_is_stored(program, news):
    news.knobs = Knobs(username="me", password=SECRET)
    described = {"host": "127.0.0.1", "port": news.port, "username": "me", "provider_id": "p0"}
    _, answer = await call(program, "POST", "/providers/test", json=described)
    assert answer["data"]["success"] is True
    _, listed = await call(program, "GET", "/providers")
    assert listed["data"][0]["last_rtt_ms"] > 0
    _, answer = await call(
        program, "POST", "/providers/test", json={**described, "password": f"{SECRET}x"}
    )
    assert answer["data"]["step"] == "login"


async def test_what_is_no_account_is_refused_without_repeating_it(program):
    for wrong in ({}, {"host": "a b", "port": 1}, {"host": "a", "port": SECRET}, {"host": 5}):
        status, _ = await call(program, "POST", "/providers/test", json={**wrong, **LOGIN})
        assert status == 400
    status, _ = await call(program, "POST", "/providers/test", data=b"[]")
    assert status == 400
