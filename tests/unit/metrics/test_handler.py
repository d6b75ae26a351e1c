from __future__ import annotations

import pytest
from prometheus_client import REGISTRY
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_of,
)
from prometheus_client.parser import text_string_to_metric_families as metrics_of

from altmount.newsserver.server import NewsServer
from tests.support.client import fetch, target_of
from tests.support.program import serving, synthetic

SIZE = 300_000


@pytest.fixture
async def news():
    async with NewsServer() as server:
        yield server


def values(families):
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


async def test_what_was_played_is_in_the_metrics(tmp_path, news):
    async with serving(tmp_path, news) as program:
        await program.bring(synthetic(SIZE, article_size=50_000))
        reply = await fetch(program.port, target_of("/complete/Film/Film.mkv"))
        assert len(reply.body) == SIZE
        reply = await fetch(program.port, "/metrics")
        assert reply.status == 200
        assert reply.headers["content-type"].startswith("text/plain; version=")
        found = values(metrics_of(reply.body.decode()))
        assert found["altmount_client_bytes_total",] == SIZE
        assert found["altmount_imports", "completed"] == 1
        assert found["altmount_streams_opened_total", "files"] == 1
        assert sum(
            value for name, value in found.items() if name[0] == "altmount_provider_articles_total"
        ) == len(news.counters.now.body_requests)
        assert found["process_resident_memory_bytes",] > 1_000_000
        assert found["altmount_read_amplification",] <= 1.02

        reply = await fetch(
            program.port,
            "/metrics",
            headers=["Accept: application/openmetrics-text; version=1.0.0"],
        )
        assert reply.headers["content-type"].startswith("application/openmetrics-text")
        assert values(openmetrics_of(reply.body.decode()))["altmount_imports", "completed"] == 1
    assert not [one for one in REGISTRY.collect() if one.name.startswith("altmount")]


@pytest.mark.parametrize("accept", ["", "*/*", "text/plain; version=9; escaping=zzz", ";,;=", "é"])
async def test_any_accept_header_gets_an_answer(tmp_path, accept):
    async with serving(tmp_path) as program:
        reply = await fetch(program.port, "/metrics", headers=[f"Accept: {accept}"])
        assert reply.status == 200


async def test_metrics_are_behind_the_door_unless_they_are_open(tmp_path):
    async with serving(tmp_path) as program:
        assert (await fetch(program.port, "/metrics", login=False)).status == 401
    async with serving(tmp_path, metrics={"open": True}) as program:
        assert (await fetch(program.port, "/metrics", login=False)).status == 200
        assert (await fetch(program.port, "/api/queue", login=False)).status == 401
