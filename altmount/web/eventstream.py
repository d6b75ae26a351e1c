"""Answers that go on: what is new, told as it comes (server-sent events, WHATWG HTML 9.2).

Whoever listens has its own place in what there is to tell, and looks now and then for what is new
since; nothing is collected for it meanwhile. So a listener that is slow misses nothing but what
nobody could tell any more, and while nobody listens nothing is done.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from aiohttp import hdrs, web

from altmount.errors import AltmountError, TemporaryError

MEDIA = "text/event-stream"

LOOK_SECONDS = 0.5
"""How often a listener looks, and so is told something, at the most."""

_KEEPALIVE_SECONDS = 15.0
_LONGEST_SECONDS = 900.0
"""Then the client has to come again, which it does by itself, and to show its login again."""

_PATIENCE_SECONDS = 60.0
"""How long a client may take nothing of what is sent."""

MOST_LISTENERS = 64

_LONGEST_ID = 500
_HEADERS = {
    hdrs.CACHE_CONTROL: "no-cache",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
}


class Place(Protocol):
    """Where in a topic a listener is."""

    @property
    def mark(self) -> str:
        """The place in few letters and digits, for who comes back to it."""

    async def look(self) -> Sequence[Mapping[str, Any]]:
        """What is new since the last look.

        The first look of who comes new tells how everything is; of who comes back, what is new
        since the mark.
        """


class Topic(Protocol):
    """Something that there is news of."""

    def enter(self, mark: str | None) -> Place:
        """A place in it, at a mark of this run of the program, or for who comes new."""


class EventStreams:
    """Answers listeners, until they leave or it is closed.

    Args:
        topics: What they may listen to, by name.
        look_seconds: See :data:`LOOK_SECONDS`.
    """

    def __init__(self, topics: Mapping[str, Topic], *, look_seconds: float = LOOK_SECONDS) -> None:
        self._topics = topics
        self._look_seconds = look_seconds
        self._run = secrets.token_hex(4)
        self._closed = asyncio.Event()
        self.listeners = 0

    def close(self) -> None:
        """End all answers soon."""
        self._closed.set()

    async def answer(
        self, request: web.Request, names: Sequence[str], *, named: bool = True
    ) -> web.StreamResponse:
        """Tell what is new of some topics, for as long as the client listens.

        Args:
            request: Asks for it; its ``Last-Event-ID`` says what the client knows.
            names: Of the topics.
            named: Whether an event has the topic's name, and not the usual one.

        Raises:
            TemporaryError: Too many listen.
        """
        if self.listeners >= MOST_LISTENERS:
            raise TemporaryError(f"{MOST_LISTENERS} clients listen already; try again later")
        marks = self._marks(request.headers.get("Last-Event-ID", ""))
        places = {name: self._topics[name].enter(marks.get(name)) for name in names}
        response = web.StreamResponse(headers=_HEADERS)
        response.content_type = MEDIA
        response.charset = "utf-8"
        if request.method == hdrs.METH_HEAD:
            return response
        self.listeners += 1
        try:
            await response.prepare(request)
            await self._tell(response, places, named=named)
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()  # else the end of the answer would wait as well
        finally:
            self.listeners -= 1
        return response

    async def _tell(
        self, response: web.StreamResponse, places: Mapping[str, Place], *, named: bool
    ) -> None:
        loop = asyncio.get_running_loop()
        ends, spoken = loop.time() + _LONGEST_SECONDS, loop.time()
        data = b"retry: 2000\n\n"
        while not self._closed.is_set() and loop.time() < ends:
            try:
                data += await self._news(places, named=named)
            except AltmountError:
                return  # the client comes again, and is told then whether it may be
            if not data and loop.time() - spoken >= _KEEPALIVE_SECONDS:
                data = b":\n\n"
            if data:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await response.write(data)
                data, spoken = b"", loop.time()
            await self._pause()

    async def _news(self, places: Mapping[str, Place], *, named: bool) -> bytes:
        found = [(name, event) for name, place in places.items() for event in await place.look()]
        if not found:
            return b""
        *before, (last_name, last) = found
        told = [_event(name if named else "", event) for name, event in before]
        # Only the last has an id: who was told a part of it is told all of it again.
        told.append(_event(last_name if named else "", last, self._id(places)))
        return b"".join(told)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._look_seconds):
                await self._closed.wait()
        except TimeoutError:
            return

    def _id(self, places: Mapping[str, Place]) -> str:
        marks = (f"{name}={place.mark}" for name, place in places.items())
        return ";".join([self._run, *marks])

    def _marks(self, event_id: str) -> dict[str, str]:
        """The marks in an id, by topic; none if it is not of this run of the program."""
        run, *marks = event_id[:_LONGEST_ID].split(";")
        if run != self._run:
            return {}
        pairs = (mark.partition("=") for mark in marks)
        return {name: mark for name, _, mark in pairs}


def _event(name: str, data: Mapping[str, Any], event_id: str = "") -> bytes:
    lines = [f"event: {name}"] if name else []
    if event_id:
        lines.append(f"id: {event_id}")
    lines.append(f"data: {json.dumps(data)}")  # in one line, and in ASCII
    return "\n".join([*lines, "", ""]).encode()
