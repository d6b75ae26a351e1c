"""What was changed in the library, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Protocol

from aiohttp import web
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from altmount.db.nodes import Record
from altmount.library.actor import Actor
from altmount.web.answers import answer
from altmount.web.credentials import caller_of
from altmount.web.route import Route

_MOST_LISTED = 1000
_LONGEST_CLIENT = 200
"""In characters: a client says of itself what it likes."""


class JournalQuery(BaseModel):
    """Which entries are wanted."""

    limit: int = Field(default=50, ge=1, le=_MOST_LISTED)
    """How many at most."""

    before: int = Field(default=0, ge=0, le=10**9)
    """The id of an entry: only older ones; 0 for all."""


class Entry(TypedDict):
    """What was done to the library."""

    id: int
    created_at: str
    action: str
    path: str
    target: str | None
    door: str
    user: str
    client: str
    reason: str
    undoes: int | None
    undone_by: int | None


class Changes(Protocol):
    """Where changes are listed and taken back."""

    async def history(self, *, limit: int = 100, before: int | None = None) -> list[Record]: ...

    async def undo(self, number: int, actor: Actor) -> Record: ...


class JournalApi:
    """The handlers of ``<prefix>/journal``."""

    def __init__(self, prefix: str, changes: Changes) -> None:
        self._prefix = prefix
        self._changes = changes

    @property
    def routes(self) -> Sequence[Route]:
        return [
            Route("GET", f"{self._prefix}/journal", self.list, list[Entry], query=JournalQuery),
            Route(
                "POST",
                f"{self._prefix}/journal/{{id:[0-9]{{1,9}}}}/undo",
                self.undo,
                Entry,
                frozenset({HTTPStatus.CONFLICT}),
            ),
        ]

    async def list(self, _request: web.Request, query: JournalQuery) -> web.Response:
        """What was done, the newest first; ``limit`` and ``before`` ask for page after page."""
        records = await self._changes.history(limit=query.limit, before=query.before or None)
        return answer([as_json(record) for record in records])

    async def undo(self, request: web.Request) -> web.Response:
        """Take back what was done. It is done whole, whether the client stays or not."""
        number = int(request.match_info["id"])
        client = f"{request.remote or ''} {request.headers.get('User-Agent', '')}".strip()
        actor = Actor("api", caller_of(request).name, client[:_LONGEST_CLIENT])
        return answer(as_json(await self._changes.undo(number, actor)))


def as_json(record: Record) -> Entry:
    """An entry as clients know it."""
    return {
        "id": record.number,
        "created_at": record.at.isoformat(),
        "action": record.action,
        "path": record.source,
        "target": record.target,
        "door": record.door,
        "user": record.user,
        "client": record.client,
        "reason": record.reason,
        "undoes": record.undoes,
        "undone_by": record.undone_by,
    }
