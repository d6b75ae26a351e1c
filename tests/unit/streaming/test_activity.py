from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import aiohttp
import pytest

from altmount.auth.caller import Role, Scope
from altmount.streaming.activity import StreamNews, StreamsApi
from altmount.streaming.monitor import Streams
from altmount.web.route import said_of
from tests.support.people import Town
from tests.support.serving import Client, serving, streaming_application
from tests.support.sources import MemoryLibrary, MemorySource

FILM = "/films/a é.mkv"
TARGET = "/files/films/a%20%C3%A9.mkv"


class House:
    """A library of one film, whose reading is held up after 50 bytes, and somebody who asks."""

    @classmethod
    @asynccontextmanager
    async def open(cls):
        self = cls()
        self.streams, library, town = Streams(), MemoryLibrary(), Town()
        self.source = library.add(FILM, MemorySource(b"x" * 100, hold_at=50), etag="tag")
        key = town.key(town.add("ann", Role.USER), Scope.FULL)
        api = StreamsApi("/api", self.streams)
        application = streaming_application(
            library, streams=self.streams, gate=town.gate(), permits=said_of(api.routes)
        )
        application.add_routes(api.routes)
        self.key = f"X-Api-Key: {key}"
        async with (
            serving(application) as self.port,
            aiohttp.ClientSession(headers={"X-Api-Key": key}) as self._session,
        ):
            yield self

    async def ask(self, path, method="GET"):
        url = f"http://127.0.0.1:{self.port}/api/files{path}"
        async with self._session.request(method, url) as response:
            body = await response.json()
            return response.status, body["data"] if body["success"] else body["error"]

    @asynccontextmanager
    async def playing(self, agent="mpv", *more):
        """A player that has 50 bytes, and waits."""
        async with Client.connect(self.port) as client:
            client.send(TARGET, self.key, f"User-Agent: {agent}", *more)
            await client.head()
            await self.source.held.wait()
            yield client


@pytest.fixture
async def house():
    async with House.open() as house:
        yield house


async def test_who_watches_what_is_told(house):
    assert await house.ask("/active-streams") == (200, [])
    async with house.playing("mpv", "Range: bytes=20-"):
        _, [stream] = await house.ask("/active-streams?type=file")
        assert stream.pop("started_at").endswith("+00:00")
        assert len(stream.pop("id")) == 16
        assert stream == {
            "file_path": FILM,
            "source": "API",
            "user_name": "ann",
            "client_ip": "127.0.0.1",
            "user_agent": "mpv",
            "total_size": 100,
            "bytes_sent": 30,
            "total_connections": 1,
            "status": "Streaming",
            "current_offset": 50,
            "bytes_per_second": 0,
            "speed_avg": 30,
            "eta": -1,
        }
        house.streams.note(0)
        house.source.may_go_on.set()
    assert (await house.ask("/active-streams?type=x"))[0] == 400


async def test_speed_and_what_stands_still_are_told(house):
    async with house.playing():
        [stream] = house.streams
        for second, count in ((0, 0), (10, 20)):
            stream.pace.note(second, count)
        _, [told] = await house.ask("/active-streams")
        assert (told["bytes_per_second"], told["eta"]) == (2, 25)
        for second in (20, 22, 24, 26, 28, 30):
            stream.pace.note(second, 50)
        _, [told] = await house.ask("/active-streams")
        assert (told["status"], told["bytes_per_second"]) == ("Stalled", 0)


async def test_a_player_can_be_cut_off_by_the_id_that_is_listed(house):
    async with house.playing() as one, house.playing() as two, house.playing("vlc") as other:
        _, streams = await house.ask("/active-streams")
        assert [(one["user_agent"], one["total_connections"]) for one in streams] == [
            ("vlc", 1),
            ("mpv", 2),
        ]
        status, said = await house.ask(f"/active-streams/{streams[1]['id']}", "DELETE")
        assert (status, said) == (200, {"message": "2 connections were broken"})
        for client in (one, two):
            async with asyncio.timeout(5):
                with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                    await client.reader.readexactly(100)
        async with asyncio.timeout(5):
            while house.source.reading != 1:
                await asyncio.sleep(0)
        house.source.may_go_on.set()
        assert len(await other.reader.readexactly(100)) == 100
    status, error = await house.ask(f"/active-streams/{streams[1]['id']}", "DELETE")
    assert (status, error["code"]) == (404, "NOT_FOUND")


async def test_what_was_watched_stays_for_a_while(house):
    async with house.playing("vlc"):
        pass
    async with asyncio.timeout(5):
        while list(house.streams):
            await asyncio.sleep(0)
    _, [past] = await house.ask("/streams/history")
    assert (past["file_path"], past["status"], past["bytes_sent"]) == (FILM, "Completed", 50)
    assert past["ended_at"] >= past["started_at"]


async def test_news_are_told_when_something_is_new(house):
    place = StreamNews(house.streams).enter("any")
    assert await place.look() == [{"type": "initial", "data": []}]
    assert await place.look() == []
    async with house.playing():
        [news] = await place.look()
        assert (news["type"], [one["bytes_sent"] for one in news["data"]]) == ("update", [50])
    async with asyncio.timeout(5):
        while list(house.streams):
            await asyncio.sleep(0)
    assert await place.look() == [{"type": "update", "data": []}]
