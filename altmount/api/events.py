"""Live events of the queue, of streams and of the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, BaseModel, Field

from altmount.web.eventstream import MEDIA, EventStreams
from altmount.web.route import Route

TOPICS = ("queue", "streams", "logs")
"""What can be listened to."""


def _topics(text: str) -> str:
    if not set(text.split(",")) <= set(TOPICS):
        raise ValueError(f"topics are of: {', '.join(TOPICS)}, with commas between them")
    return text


class EventsQuery(BaseModel):
    """What is listened to."""

    topics: Annotated[
        str,
        AfterValidator(_topics),
        Field(pattern="^(queue|streams|logs)(,(queue|streams|logs)){0,2}$"),
    ] = ",".join(TOPICS)
    """Names with commas between them."""


class EventsApi:
    """The handlers of ``<prefix>/events``, and of the ancestor's addresses of some of them."""

    def __init__(self, prefix: str, events: EventStreams) -> None:
        self._prefix = prefix
        self._events = events

    @property
    def routes(self) -> Sequence[Route]:
        return [
            Route("GET", f"{self._prefix}/events", self.all, query=EventsQuery, media=MEDIA),
            Route("GET", f"{self._prefix}/queue/stream", self.queue, media=MEDIA),
            Route("GET", f"{self._prefix}/logs/stream", self.logs, media=MEDIA),
        ]

    async def all(self, request: web.Request, query: EventsQuery) -> web.StreamResponse:
        """What is new of some topics, as server-sent events that are named after them.

        Who comes back with `Last-Event-ID` is told what it missed.
        """
        names = list(dict.fromkeys(query.topics.split(",")))
        return await self._events.answer(request, names)

    async def queue(self, request: web.Request) -> web.StreamResponse:
        """What is new of the queue, as server-sent events without a name."""
        return await self._events.answer(request, ["queue"], named=False)

    async def logs(self, request: web.Request) -> web.StreamResponse:
        """The lines of the log as they come, as server-sent events without a name."""
        return await self._events.answer(request, ["logs"], named=False)
