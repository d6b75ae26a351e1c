"""What was changed in the library, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from aiohttp import web

from altmount.api.answers import answer
from altmount.db.nodes import Record
from altmount.errors import InvalidRequestError
from altmount.library.actor import Actor
from altmount.web.credentials import caller_of

_MOST_LISTED = 1000
_LONGEST_CLIENT = 200
"""In characters: a client says of itself what it likes."""


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
    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.get(f"{self._prefix}/journal", self.list),
            web.post(f"{self._prefix}/journal/{{id:[0-9]{{1,18}}}}/undo", self.undo),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """What was done, the newest first; ``limit`` and ``before`` ask for page after page."""
        limit = _number(request, "limit", "50", most=_MOST_LISTED)
        before = _number(request, "before", "0", most=10**18, least=0)
        records = await self._changes.history(limit=limit, before=before or None)
        return answer([as_json(record) for record in records])

    async def undo(self, request: web.Request) -> web.Response:
        """Take back what was done. It is done whole, whether the client stays or not."""
        number = int(request.match_info["id"])
        client = f"{request.remote or ''} {request.headers.get('User-Agent', '')}".strip()
        actor = Actor("api", caller_of(request).name, client[:_LONGEST_CLIENT])
        return answer(as_json(await self._changes.undo(number, actor)))


def as_json(record: Record) -> dict[str, Any]:
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


def _number(request: web.Request, name: str, default: str, *, most: int, least: int = 1) -> int:
    text = request.query.get(name, default)
    if not (text.isascii() and text.isdigit() and least <= int(text[:19]) <= most):
        raise InvalidRequestError(f"{name} is a number from {least} to {most}")
    return int(text)
