"""One thing that the API can be asked for, with what it takes and gives: a row of its table."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Protocol

from aiohttp import web
from pydantic import BaseModel

from altmount.auth.caller import Access
from altmount.web.forms import read_model, read_query
from altmount.web.permits import READING

_PARAMETER = re.compile(r"\{(\w+)(?::((?:[^{}]|\{[^{}]*\})*))?\}")

JSON = "application/json"


class Counting(Protocol):
    """Turns away who asks too often."""

    def refuse(self, request: web.Request) -> web.Response | None:
        """What is answered to an address that must wait; None if it need not."""


@dataclass(frozen=True, slots=True)
class Route(web.AbstractRouteDef):
    """What is done for a method at a path, and all that a client needs to know of it.

    The handler gets the request, then the query and the body where they have models, both
    validated; its docstring is what people are told.
    """

    method: str
    path: str
    """As aiohttp has it: ``/api/queue/{id:[0-9]{1,9}}``."""

    handler: Callable[..., Awaitable[web.StreamResponse]]
    answer: Any = None
    """The type of the answer's ``data``; None where there is none."""

    errors: frozenset[HTTPStatus] = frozenset()
    """The statuses of what can go wrong here, beside those of every route like it."""

    status: HTTPStatus = HTTPStatus.OK
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    """What is sent as JSON, and validated."""

    form: type[BaseModel] | None = None
    """What may be sent as a form, which the handler reads by itself: it may be large."""

    optional: type[BaseModel] | None = None
    """What may be sent as JSON or left out, which the handler reads by itself."""

    media: str = JSON
    """The content type of the answer; what is no JSON has no envelope."""

    bare: bool = False
    """Whether the answer has no envelope although it is JSON."""

    paged: bool = False
    """Whether ``meta`` stands beside the answer's ``data``, which is a part of a list."""

    tries: Counting | None = None
    """Counts who asks too often, before anything of the request is read."""

    who: Access | None = None
    """Who may ask; as the method has it if nothing is said."""

    @property
    def canonical(self) -> str:
        """The path without patterns, as the router calls it."""
        return _PARAMETER.sub(r"{\1}", self.path)

    @property
    def parameters(self) -> dict[str, str]:
        """The patterns of what stands in the path, by name; empty where anything may."""
        return dict(_PARAMETER.findall(self.path))

    @property
    def access(self) -> Access:
        """Who may ask."""
        return self.who or (Access.READ if self.method in READING else Access.CHANGE)

    @property
    def takes_body(self) -> bool:
        return any(one is not None for one in (self.body, self.form, self.optional))

    @property
    def statuses(self) -> list[HTTPStatus]:
        """All that can be answered but a fault of the program, in order."""
        found = {self.status, HTTPStatus.SERVICE_UNAVAILABLE, *self.errors}
        if self.access is not Access.OPEN:
            found |= {HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.FORBIDDEN}
        if self.tries is not None:
            found.add(HTTPStatus.TOO_MANY_REQUESTS)
        if self.method not in READING:
            found.add(HTTPStatus.FORBIDDEN)  # of a page of another site
        if self.parameters:
            found.add(HTTPStatus.NOT_FOUND)
        if self.query is not None or self.takes_body:
            found.add(HTTPStatus.BAD_REQUEST)
        if self.takes_body:
            found.add(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return sorted(found)

    def below(self, base: str) -> Route:
        """The same under a base path."""
        return replace(self, path=f"{base}{self.path}")

    def register(self, router: web.UrlDispatcher) -> list[web.AbstractRoute]:
        return web.RouteDef(self.method, self.path, self.handle, {}).register(router)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request.

        Raises:
            InvalidRequestError: Query or body are not what they must be.
            web.HTTPRequestEntityTooLarge: The body is too large.
        """
        if self.tries is not None and (refusal := self.tries.refuse(request)) is not None:
            return refusal
        given: list[BaseModel] = []
        if self.query is not None:
            given.append(read_query(request, self.query))
        if self.body is not None:
            given.append(await read_model(request, self.body))
        return await self.handler(request, *given)


def said_of(routes: Iterable[Route]) -> dict[str, Access]:
    """Who may ask for what, by method and canonical path, as :class:`Permits` takes it."""
    return {f"{one.method} {one.canonical}": one.access for one in routes}
