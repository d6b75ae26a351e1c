"""Who watches what, and who did; and the end of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from aiohttp import web
from pydantic import BaseModel
from typing_extensions import TypedDict

from altmount.errors import NotFoundError
from altmount.streaming.history import History, Viewed
from altmount.streaming.viewing import Stream, Viewer, Viewing, viewings
from altmount.web.answers import Message, answer
from altmount.web.route import Route

_WEBDAV = "webdav"


class StreamsQuery(BaseModel):
    """Which streams are wanted."""

    type: Literal["file", "all"] = "all"
    """Both stand for all: there are none but of files."""


class ViewerAnswer(TypedDict):
    """Who watches what."""

    id: str
    file_path: str
    source: str
    user_name: str
    client_ip: str
    user_agent: str


class ViewAnswer(ViewerAnswer):
    """Who watches what, and how much of it came."""

    total_size: int
    bytes_sent: int
    total_connections: int
    started_at: str
    status: str


class StreamAnswer(ViewAnswer):
    """What a player gets now."""

    current_offset: int
    bytes_per_second: int
    speed_avg: int
    eta: int


class PastStreamAnswer(ViewAnswer):
    """What a player got."""

    ended_at: str


class Streams(Protocol):
    """The streams that are open, the oldest first, and those that were."""

    @property
    def history(self) -> History: ...

    def __iter__(self) -> Iterator[Stream]: ...

    def stop(self, viewer_id: str) -> int: ...


class StreamsApi:
    """The handlers of ``<prefix>/files/active-streams`` and ``<prefix>/files/streams/history``."""

    def __init__(self, prefix: str, streams: Streams) -> None:
        self._prefix = f"{prefix}/files"
        self._streams = streams

    @property
    def routes(self) -> Sequence[Route]:
        here = f"{self._prefix}/active-streams"
        past = f"{self._prefix}/streams/history"
        return [
            Route("GET", here, self.list, list[StreamAnswer], query=StreamsQuery),
            Route("DELETE", f"{here}/{{id:[0-9a-f]{{16}}}}", self.stop, Message),
            Route("GET", past, self.history, list[PastStreamAnswer]),
        ]

    async def list(self, _request: web.Request, _query: StreamsQuery) -> web.Response:
        """What players get now, the newest first; the connections of a player at a file are one."""
        return answer(streams_as_json(self._streams, datetime.now(UTC)))

    async def stop(self, request: web.Request) -> web.Response:
        """Break the connections of a player at a file, which it may make anew."""
        count = self._streams.stop(request.match_info["id"])
        if not count:
            raise NotFoundError("there is no such stream any more")
        said: Message = {"message": f"{count} connections were broken"}
        return answer(said)

    async def history(self, _request: web.Request) -> web.Response:
        """What players got since the program started, what ended last first; fifty at most."""
        return answer([_viewed_as_json(one) for one in self._streams.history.viewed])


def streams_as_json(streams: Iterable[Stream], now: datetime) -> list[StreamAnswer]:
    """What players get now, as the ancestor's clients know it."""
    return [_viewing_as_json(one, now) for one in viewings(streams)]


def _viewing_as_json(viewing: Viewing, now: datetime) -> StreamAnswer:
    seconds = max((now - viewing.since).total_seconds(), 1.0)
    left = viewing.size - viewing.offset
    return {
        **_shown(viewing.viewer),
        "total_size": viewing.size,
        "bytes_sent": viewing.sent,
        "total_connections": viewing.connections,
        "started_at": _text(viewing.since),
        "status": _status(viewing),
        "current_offset": viewing.offset,
        "bytes_per_second": round(viewing.rate),
        "speed_avg": round(viewing.sent / seconds),
        "eta": round(left / viewing.rate) if viewing.rate >= 1 else -1,
    }


def _viewed_as_json(viewed: Viewed) -> PastStreamAnswer:
    return {
        **_shown(viewed.viewer),
        "total_size": viewed.size,
        "bytes_sent": viewed.sent,
        "total_connections": viewed.connections,
        "started_at": _text(viewed.since),
        "status": "Completed",
        "ended_at": _text(viewed.ended),
    }


def _status(viewing: Viewing) -> str:
    if viewing.stalled:
        return "Stalled"
    return "Streaming" if viewing.sent else "Buffering"


def _shown(viewer: Viewer) -> ViewerAnswer:
    return {
        "id": viewer.id,
        "file_path": viewer.path,
        "source": "WebDAV" if viewer.door == _WEBDAV else "API",
        "user_name": viewer.user,
        "client_ip": viewer.address,
        "user_agent": viewer.agent,
    }


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


class StreamNews:
    """What players get, whenever that is something else than before."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def enter(self, _mark: str | None) -> StreamPlace:
        """A place; who comes back is told all of it again."""
        return StreamPlace(self._streams)


class StreamPlace:
    """A listener's place in the news of streams: what it was told last."""

    mark = "0"

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._told: list[StreamAnswer] | None = None

    async def look(self) -> Sequence[Mapping[str, Any]]:
        """All streams, if anything of them is new."""
        now = streams_as_json(self._streams, datetime.now(UTC))
        before, self._told = self._told, now
        if now == before:
            return []
        return [{"type": "initial" if before is None else "update", "data": now}]
