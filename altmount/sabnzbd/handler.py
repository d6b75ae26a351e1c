"""SABnzbd's API: requests in, answers out.

The format wants status 200 for everything; what went wrong is in the answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from itertools import chain
from typing import Protocol

from aiohttp import web

from altmount.aio.scope import TaskScope
from altmount.aio.uninterrupted import uninterrupted
from altmount.errors import AltmountError
from altmount.sabnzbd.answer import Answer, RefusedError, as_json, as_xml, failure
from altmount.sabnzbd.asked import Asked
from altmount.sabnzbd.modes import Mode, Right, changes, mode_of, right_to
from altmount.sabnzbd.reading import read

RESOURCES = frozenset({"/sabnzbd", "/sabnzbd/api", "/api"})
"""Where it is answered. The handler asks for the key, since the answer to a wrong one is its."""


class Modes(Protocol):
    """Some of the modes, and what answers them."""

    @property
    def table(self) -> Mapping[Mode, Callable[[Asked], Awaitable[Answer]]]: ...


class SabnzbdApi:
    """The handlers of SABnzbd's API.

    Args:
        groups: What answers the modes.
        rights: What a key opens.
        enabled: Whether there is such an API at all.
        max_nzb_bytes: The largest file that is read.
    """

    def __init__(
        self,
        groups: Sequence[Modes],
        rights: Callable[[str], Awaitable[Collection[Right]]],
        *,
        enabled: bool,
        max_nzb_bytes: int,
    ) -> None:
        self._table = dict(chain.from_iterable(group.table.items() for group in groups))
        self._rights = rights
        self._enabled = enabled
        self._max_nzb_bytes = max_nzb_bytes

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        return [
            route
            for path in sorted(RESOURCES)
            for route in (
                web.get(path, self.ask, allow_head=False),
                web.post(path, self.ask),
            )
        ]

    async def ask(self, request: web.Request) -> web.Response:
        """Answer any request; ``mode`` says which it is.

        Once something is to be changed it is, whether the client stays or not.
        """
        if not self._enabled:
            raise web.HTTPNotFound
        try:
            asked = await read(request, self._max_nzb_bytes, self._check)
            in_xml = asked.text("output").lower() == "xml"
        except RefusedError as error:
            return _response(failure(str(error)), in_xml=request.query.get("output") == "xml")
        try:
            answer = await self._answer(asked)
        except RefusedError as error:
            answer = failure(str(error))
        except AltmountError as error:
            answer = failure(str(error))
        return _response(answer, in_xml=in_xml)

    async def _answer(self, asked: Asked) -> Answer:
        mode = mode_of(asked.text("mode"), asked.text("name"))
        await self._check(asked.values)
        if mode is None:
            raise RefusedError("not implemented")
        work = self._table[mode](asked)
        if not changes(mode):
            return await work
        async with TaskScope() as scope:
            return await uninterrupted(scope.start(_seen(work), name=f"sabnzbd {mode}"))

    async def _check(self, values: Mapping[str, str]) -> None:
        """Look at the key that a request shows.

        Raises:
            RefusedError: It is none, or opens less than is asked for.
        """
        needed = right_to(mode_of(values.get("mode", ""), values.get("name", "")))
        if needed is None:
            return
        if not (key := values.get("apikey", "").strip()):
            raise RefusedError(_said_of(values))
        if needed not in await self._rights(key):
            raise RefusedError("API Key Incorrect")


def _said_of(values: Mapping[str, str]) -> str:
    if values.get("ma_username") or values.get("ma_password"):
        return "API Key Required: user and password are not taken here; enter the API key"
    return "API Key Required"


async def _seen(work: Awaitable[Answer]) -> Answer:
    return await work


def _response(answer: Answer, *, in_xml: bool) -> web.Response:
    headers = {"Pragma": "no-cache"}
    if in_xml:
        return web.Response(
            text=as_xml(answer), content_type="text/xml", charset="utf-8", headers=headers
        )
    return web.Response(
        text=as_json(answer), content_type="application/json", charset="utf-8", headers=headers
    )
