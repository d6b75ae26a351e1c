from __future__ import annotations

import asyncio
import json

import pytest

from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.newsserver.server import NewsServer
from tests.support.client import fetch, target_of
from tests.support.program import serving, synthetic


@pytest.fixture
async def news():
    async with NewsServer() as server:
        yield server


async def pool_metrics(program):
    reply = await fetch(program.port, "/api/system/pool/metrics")
    assert reply.status == 200
    answer = json.loads(reply.body)
    assert answer["success"] is True
    return answer["data"]


async def test_an_account_shows_what_it_has_delivered(tmp_path, news):
    async with serving(
        tmp_path, news, provider={"username": "me", "password": "secret"}
    ) as program:
        before = await pool_metrics(program)
        assert before["providers"][0]["last_connection_attempt"] is None
        await program.bring(synthetic(300_000, article_size=50_000))
        await fetch(program.port, target_of("/complete/Film/Film.mkv"))
        data = await pool_metrics(program)
        [provider] = data["providers"]
        assert data["bytes_downloaded"] == provider["byte_count"] > 300_000
        assert data["articles_downloaded"] >= 6
        assert data["provider_bytes"] == {"p0": data["bytes_downloaded"]}
        assert provider["host"] == "127.0.0.1"
        assert provider["state"] == "active"
        assert provider["max_connections"] == 8
        assert provider["last_successful_connect"]
        assert "waiting nobody" in provider["line"]
        assert set(data["bulk"]) == set(provider["bulk"])
        assert "secret" not in json.dumps(data)


async def test_an_account_that_refuses_says_so_and_why(tmp_path, news):
    async with serving(tmp_path, news) as program:
        await program.bring(synthetic(300_000, article_size=50_000))
        await news.disconnect()
        news.knobs = Knobs(greeting_code=502)
        store = program.program.store
        for entry in list(store._kept):
            store._evict(entry)
        reading = asyncio.create_task(fetch(program.port, target_of("/complete/Film/Film.mkv")))
        while program.program.providers.pools[0].state.account != "refusing":
            await asyncio.sleep(0.01)
        [provider] = (await pool_metrics(program))["providers"]
        reading.cancel()
        assert provider["state"] == "offline"
        assert "502" in provider["failure_reason"]
        assert provider["error_count"] > 0
        assert (await pool_metrics(program))["total_errors"] == provider["error_count"]


async def test_articles_that_were_wrong_or_late_are_counted_for_each_provider(tmp_path, news):
    async with NewsServer() as other, serving(tmp_path, news, other) as program:
        await program.bring(synthetic(300_000, article_size=50_000))
        store = program.program.store
        for entry in list(store._kept):
            store._evict(entry)
        news.knobs = Knobs(faults=(Fault(FaultKind.CORRUPT, "*.3@synthetic"),))
        await fetch(program.port, target_of("/complete/Film/Film.mkv"))
        first, second = (await pool_metrics(program))["providers"]
        assert (first["wrong_count"], second["wrong_count"]) == (1, 0)
        assert first["late_count"] == first["overtaken_count"] == 0
        tally = program.program.providers.pools[1].tally
        tally.late, tally.overtaken = 3, 2
        first, second = (await pool_metrics(program))["providers"]
        assert (second["late_count"], second["overtaken_count"]) == (3, 2)
