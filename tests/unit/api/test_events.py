from __future__ import annotations

import asyncio
import logging

import aiohttp
import pytest

from altmount.newsserver.server import NewsServer
from tests.support.client import asking, head_of, target_of
from tests.support.listening import listening
from tests.support.program import KEY, serving, synthetic


@pytest.fixture
async def program(tmp_path):
    async with NewsServer() as news, serving(tmp_path, news) as program:
        yield program


def hear(program, path, **headers):
    return listening(f"http://127.0.0.1:{program.port}/api{path}", X_Api_Key=KEY, **headers)


async def test_all_that_happens_is_told(program):
    async with hear(program, "/events") as listener:
        first = [await listener.event() for _ in range(3)]
        assert [(one.name, one.data["type"]) for one in first] == [
            ("queue", "initial"),
            ("streams", "initial"),
            ("logs", "initial"),
        ]
        job = await program.bring(synthetic(30_000_000))
        done = await listener.until(
            lambda one: one.name == "queue" and one.data["data"]["status"] == "completed"
        )
        assert done.data["data"]["queue_id"] == job.id
        assert done.data["data"]["storage_path"] == job.path
        async with asking(program.port, target_of("/complete/Film/Film.mkv")) as reader:
            await head_of(reader)
            playing = await listener.until(lambda one: one.name == "streams" and one.data["data"])
            assert playing.data["data"][0]["file_path"] == "/complete/Film/Film.mkv"
        await listener.until(lambda one: one.name == "streams" and not one.data["data"])
        logging.getLogger("altmount").warning("something happened")
        said = await listener.until(lambda one: one.name == "logs")
        assert said.data["data"]["msg"] == "something happened"


async def test_the_ancestors_addresses_have_events_without_a_name(program):
    async with hear(program, "/queue/stream") as listener:
        first = await listener.event()
        assert (first.name, first.data) == ("", {"type": "initial", "data": {}})
        known = first.id
    job = await program.bring(synthetic(100_000, article_size=50_000))
    async with hear(program, "/queue/stream", Last_Event_ID=known) as listener:
        missed = await listener.event()
        assert (missed.data["data"]["queue_id"], missed.data["type"]) == (job.id, "update")
    async with hear(program, "/logs/stream") as listener:
        assert (await listener.event()).data["type"] == "initial"


async def test_only_known_topics_can_be_listened_to(program):
    async with hear(program, "/events?topics=logs,streams,logs") as listener:
        assert [(await listener.event()).name for _ in range(2)] == ["logs", "streams"]
    async with aiohttp.ClientSession(headers={"X-Api-Key": KEY}) as session:
        for topics in ("", "none", "logs,", "queue,none"):
            url = f"http://127.0.0.1:{program.port}/api/events"
            async with session.get(url, params={"topics": topics}) as response:
                assert response.status == 400, topics


async def test_a_listener_does_not_hold_up_the_end_of_the_program(tmp_path):
    async with asyncio.timeout(10):
        async with serving(tmp_path) as program:
            listener = hear(program, "/events")
            heard = await listener.__aenter__()
            await heard.event()
        while await heard.event():
            pass
        await listener.__aexit__(None, None, None)
