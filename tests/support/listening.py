"""A client that listens to server-sent events."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp


@dataclass
class Event:
    name: str = ""
    id: str = ""
    data: object = None


class Listener:
    def __init__(self, response):
        self.response = response

    async def event(self):
        """The next event; None once the answer has ended."""
        found = Event()
        async with asyncio.timeout(10):
            while line := (await self.response.content.readline()).decode():
                field, _, value = line.rstrip("\n").partition(": ")
                match field:
                    case "event":
                        found.name = value
                    case "id":
                        found.id = value
                    case "data":
                        found.data = json.loads(value)
                    case "" if found.data is not None:
                        return found
        return None

    async def until(self, holds):
        """The first event of which that is so."""
        while not holds(event := await self.event()):
            assert event is not None
        return event


@asynccontextmanager
async def listening(url, **headers):
    async with (
        aiohttp.ClientSession() as session,
        session.get(
            url, headers={name.replace("_", "-"): text for name, text in headers.items()}
        ) as response,
    ):
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/event-stream")
        yield Listener(response)
