from __future__ import annotations

import asyncio
from contextlib import suppress

import aiohttp
import pytest
from aiohttp import web

from altmount.errors import TemporaryError
from altmount.web import errors
from altmount.web import eventstream as module
from altmount.web.eventstream import EventStreams
from tests.support.listening import listening
from tests.support.serving import Client, serving, small_buffers


class Topic:
    """Has news that are put there, and shows who came."""

    def __init__(self):
        self.news, self.entered, self.looks = [], [], 0
        self.error = None

    def enter(self, mark):
        self.entered.append(mark)
        return Place(self, int(mark or 0))


class Place:
    def __init__(self, topic, at):
        self.topic, self.at = topic, at

    @property
    def mark(self):
        return str(self.at)

    async def look(self):
        self.topic.looks += 1
        if self.topic.error is not None:
            raise self.topic.error
        new, self.at = self.topic.news[self.at :], len(self.topic.news)
        return [{"n": one} for one in new]


class House:
    def __init__(self):
        self.a, self.b = Topic(), Topic()
        self.events = EventStreams({"a": self.a, "b": self.b}, look_seconds=0.001)

    @property
    def app(self):
        app = web.Application(middlewares=[errors.middleware])
        app.router.add_get("/both", self.both)
        app.router.add_get("/a", self.one)
        return app

    async def both(self, request):
        return await self.events.answer(request, ["a", "b"])

    async def one(self, request):
        return await self.events.answer(request, ["a"], named=False)

    async def calm(self):
        async with asyncio.timeout(5):
            while self.events.listeners:
                await asyncio.sleep(0)


@pytest.fixture
async def house():
    house = House()
    async with serving(house.app) as port:
        house.url = f"http://127.0.0.1:{port}"
        yield house


async def test_news_are_told_as_they_come_under_the_name_of_their_topic(house):
    house.a.news.append("one\nline")
    async with listening(f"{house.url}/both") as listener:
        assert listener.response.headers["Cache-Control"] == "no-cache"
        first = await listener.event()
        assert (first.name, first.data) == ("a", {"n": "one\nline"})
        house.b.news += [2, 3]
        second, third = await listener.event(), await listener.event()
        assert [(one.name, one.data["n"]) for one in (second, third)] == [("b", 2), ("b", 3)]
        assert (second.id, third.id[-8:]) == ("", ";a=1;b=2")
    async with listening(f"{house.url}/a") as listener:
        assert (await listener.event()).name == ""


async def test_who_comes_back_goes_on_where_it_was(house):
    house.a.news += [1, 2]
    async with listening(f"{house.url}/both") as listener:
        await listener.event()
        known = (await listener.event()).id
    house.a.news += [3]
    async with listening(f"{house.url}/both", Last_Event_ID=known) as listener:
        assert (await listener.event()).data == {"n": 3}
    assert house.a.entered == [None, "2"]
    for other in ("0" * 8 + ";a=2;b=0", "x" * 5_000, ";;;", known.replace(";", ",")):
        async with listening(f"{house.url}/both", Last_Event_ID=other) as listener:
            assert (await listener.event()).data == {"n": 1}


async def test_who_leaves_is_looked_for_no_more(house):
    async with listening(f"{house.url}/both"):
        while not house.a.looks:
            await asyncio.sleep(0)
        assert house.events.listeners == 1
    await house.calm()
    looks = house.a.looks
    for _ in range(50):
        await asyncio.sleep(0)
    assert house.a.looks == looks


async def test_a_head_request_is_answered_at_once(house):
    async with aiohttp.ClientSession() as session, session.head(f"{house.url}/a") as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
    assert house.a.looks == 0


async def test_no_more_than_some_may_listen(house, monkeypatch):
    monkeypatch.setattr(module, "MOST_LISTENERS", 1)
    house.a.news.append(1)
    async with listening(f"{house.url}/a") as listener, aiohttp.ClientSession() as session:
        await listener.event()
        async with session.get(f"{house.url}/a") as response:
            assert response.status == 503
    await house.calm()
    async with listening(f"{house.url}/a") as listener:
        assert await listener.event()


async def test_answers_end_when_the_program_does(house):
    async with listening(f"{house.url}/a") as listener:
        while not house.a.looks:
            await asyncio.sleep(0)
        house.events.close()
        assert await listener.event() is None
    assert house.events.listeners == 0


async def test_they_end_by_themselves_and_when_nothing_can_be_told(house, monkeypatch):
    house.a.error = TemporaryError("the database is busy")
    async with listening(f"{house.url}/a") as listener:
        assert await listener.event() is None
    house.a.error = None
    monkeypatch.setattr(module, "_LONGEST_SECONDS", 0.01)
    async with listening(f"{house.url}/a") as listener:
        assert await listener.event() is None
    assert house.a.looks > 1


async def test_something_is_said_now_and_then_so_that_proxies_wait(house, monkeypatch):
    monkeypatch.setattr(module, "_KEEPALIVE_SECONDS", 0)
    async with listening(f"{house.url}/a") as listener:
        said = [await listener.response.content.readline() for _ in range(6)]
    assert said == [b"retry: 2000\n", b"\n", b":\n", b"\n", b":\n", b"\n"]


async def test_a_client_that_takes_nothing_is_given_up(house, monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.05)
    plug = small_buffers()
    plug.setblocking(False)
    port = int(house.url.rpartition(":")[2])
    await asyncio.get_running_loop().sock_connect(plug, ("127.0.0.1", port))
    async with Client.connect(sock=plug, limit=1024) as client:
        house.a.news += ["x" * 1_000_000] * 20
        client.send("/a")
        async with asyncio.timeout(10):
            while not house.a.looks:
                await asyncio.sleep(0)
        await house.calm()
        got = 0
        with suppress(ConnectionError):
            async with asyncio.timeout(10):
                while piece := await client.reader.read(1 << 20):
                    got += len(piece)
        assert got < 10_000_000
