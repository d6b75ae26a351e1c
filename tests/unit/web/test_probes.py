from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from altmount.web.readiness import Readiness
from tests.support.serving import Client, serving, streaming_application
from tests.support.sources import MemoryLibrary


@pytest.fixture
def readiness():
    return Readiness()


@pytest.fixture
async def client(readiness):
    library = MemoryLibrary()
    library.add("/a.mkv", bytes(100))
    async with (
        serving(streaming_application(library, readiness=readiness)) as port,
        Client.connect(port) as client,
    ):
        yield client


async def test_it_lives_from_the_start(client):
    answer = await client.get("/live")
    said = json.loads(answer.body)
    assert (answer.status, said["status"]) == (200, "ok")
    assert said["timestamp"].endswith("Z")
    assert abs((datetime.now(UTC) - datetime.fromisoformat(said["timestamp"])).days) < 2


async def test_nothing_is_served_before_it_is_ready(client, readiness):
    for target in ("/files/a.mkv", "/files/no.mkv", "/api/files/stream", "/what"):
        answer = await client.get(target)
        assert (answer.status, answer["Retry-After"]) == (503, "10")
        assert b"starting" in answer.body
    readiness.be_ready()
    assert (await client.get("/files/a.mkv")).status == 200


async def test_whoever_asks_is_told_the_stage_and_why(client, readiness):
    answer = await client.get("/ready")
    assert (answer.status, answer["Retry-After"]) == (503, "10")
    assert json.loads(answer.body)["status"] == "starting"
    readiness.be_ready()
    answer = await client.get("/ready")
    assert (answer.status, json.loads(answer.body)["status"]) == (200, "ready")
    readiness.fail("the database cannot be read")
    answer = await client.get("/ready")
    assert answer.status == 503
    assert json.loads(answer.body) == {"status": "failing", "reason": "the database cannot be read"}
    assert (await client.get("/live")).status == 200
