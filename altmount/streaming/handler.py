"""Files over HTTP, whole or in ranges."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Protocol

from aiohttp import hdrs, web
from pydantic import BaseModel, Field

from altmount.auth.caller import Access
from altmount.errors import AltmountError, NotFoundError
from altmount.library.nodes import File, Folder
from altmount.library.paths import VirtualPath
from altmount.reader.source import Source
from altmount.streaming.conditions import Conditions
from altmount.streaming.delivery import ClientLeftError, Delivery
from altmount.streaming.monitor import Reader, Streams
from altmount.streaming.multipart import Plan
from altmount.streaming.ranges import RangeNotSatisfiableError
from altmount.streaming.replies import Asked, reply_to
from altmount.web.credentials import caller_of
from altmount.web.route import Route
from altmount.web.targets import file_of

DOWNLOAD_RESOURCES = frozenset({"/files/{path}", "/api/files/stream"})
"""What a download key opens, by canonical path."""

_log = logging.getLogger(__name__)


_ANSWERS = frozenset(
    {
        HTTPStatus.PARTIAL_CONTENT,
        HTTPStatus.NOT_MODIFIED,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        HTTPStatus.BAD_GATEWAY,
    }
)


class StreamQuery(BaseModel):
    """Which file is wanted, and what may open it where no login does."""

    path: str = Field(min_length=1)
    """In the library; its first slash may be left out."""

    id: str | None = None
    """Of the file: it is sent wherever it is, and the one at the path only if it is gone."""

    download_key: str | None = None
    expires: str | None = None
    signature: str | None = None


class Library(Protocol):
    """Where files are found by their path."""

    async def find(self, path: VirtualPath) -> File | Folder:
        """What is at a path.

        Raises:
            NotFoundError: Nothing is.
        """

    async def by_id(self, node_id: str) -> File | Folder:
        """What has an id, wherever it is.

        Raises:
            NotFoundError: Nothing has.
        """

    async def source(self, file: File) -> Source:
        """The bytes of a file."""


class FileStreaming:
    """The handlers of ``/files`` and ``/api/files/stream``."""

    def __init__(
        self, library: Library, streams: Streams, *, patience_seconds: float = 1800.0
    ) -> None:
        """Serve a library.

        Args:
            library: Where the files are.
            streams: Where those that are being read are written down.
            patience_seconds: How long a client may take nothing, as a paused player does,
                before its connection is closed.
        """
        self._library = library
        self._streams = streams
        self._patience = patience_seconds

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.get("/files", self.by_url),
            web.get("/files/{path:.*}", self.by_url),
        ]

    @property
    def api(self) -> Sequence[Route]:
        """What is part of the API, at an address that stands in .strm files."""
        return [
            Route(
                "GET",
                "/api/files/stream",
                self.by_query,
                errors=_ANSWERS,
                query=StreamQuery,
                media="application/octet-stream",
                who=Access.FILES,
            )
        ]

    async def by_url(self, request: web.Request) -> web.StreamResponse:
        """Send the file that the URL's path names."""
        return await self._by_path(request, "files")

    async def by_query(self, request: web.Request, _query: StreamQuery) -> web.StreamResponse:
        """Send the file that the query's ``path`` names, as links in .strm files do."""
        return await self._by_path(request, "stream")

    async def _by_path(self, request: web.Request, door: str) -> web.StreamResponse:
        resource, url = request.match_info.route.resource, request.rel_url
        canonical = resource.canonical if resource is not None else ""
        path = file_of(canonical, url.raw_path, url.raw_query_string)
        # As the door takes it, which has looked whether a signature is for this very id.
        file_id = request.query.get("id", "") if door == "stream" else ""
        file = await self._found(path, file_id)
        if isinstance(file, Folder):
            raise NotFoundError(f"{path} is a folder; only files can be read here")
        return await self.serve(request, file, door)

    async def _found(self, path: VirtualPath, file_id: str) -> File | Folder:
        if file_id:
            with suppress(NotFoundError):
                return await self._library.by_id(file_id)
        return await self._library.find(path)

    async def serve(self, request: web.Request, file: File, door: str) -> web.StreamResponse:
        """Answer a GET or HEAD of a file.

        Args:
            request: Asks for it, under whatever address.
            file: What it asks for.
            door: Which kind of address that is, for the list of streams.
        """
        try:
            reply = reply_to(_asked(request), file, boundary=secrets.token_hex(16))
        except RangeNotSatisfiableError as error:
            headers = {hdrs.CONTENT_RANGE: f"bytes */{error.size}", hdrs.ACCEPT_RANGES: "bytes"}
            text = str(error)
            raise web.HTTPRequestRangeNotSatisfiable(headers=headers, text=text) from None
        if reply.status == web.HTTPPreconditionFailed.status_code:
            text = "the file is not the version that was asked for"
            raise web.HTTPPreconditionFailed(headers=reply.headers, text=text)
        response = web.StreamResponse(status=reply.status, headers=reply.headers)
        if reply.plan.parts and request.method == hdrs.METH_GET:
            await self._send(request, response, file, reply.plan, door)
        return response

    async def _send(
        self, request: web.Request, response: web.StreamResponse, file: File, plan: Plan, door: str
    ) -> None:
        """Send a body for as long as the client listens.

        A client that goes away cancels this handler, which leaves the ``async with``,
        which ends the reading. There is no other interrupt.
        """
        source = await self._library.source(file)
        delivery = Delivery(request, response, self._patience)
        reader, start = _reader(request), plan.parts[0].span.start
        try:
            with self._streams.watch(door, file.path, file.size, reader, delivery, start=start):
                for part in plan.parts:
                    async with source.open(part.span) as chunks:
                        await delivery.send(chunks, len(part.span), head=part.head)
                if plan.tail:
                    await delivery.write(plan.tail)
        except ClientLeftError:
            delivery.cut_off()
        except Exception as error:
            if not delivery.begun:
                raise
            delivery.cut_off()
            if isinstance(error, AltmountError):
                _log.warning("%r was cut off: %s", file.path, error)
            else:
                _log.exception("%r was cut off", file.path)
        finally:
            delivery.close()


def _reader(request: web.Request) -> Reader:
    agent = request.headers.get(hdrs.USER_AGENT, "")
    return Reader(request.remote or "", agent, caller_of(request).name)


def _asked(request: web.Request) -> Asked:
    return Asked(
        _header(request, hdrs.RANGE) if request.method == hdrs.METH_GET else None,
        Conditions(
            if_match=_header(request, hdrs.IF_MATCH),
            if_unmodified_since=_header(request, hdrs.IF_UNMODIFIED_SINCE),
            if_none_match=_header(request, hdrs.IF_NONE_MATCH),
            if_modified_since=_header(request, hdrs.IF_MODIFIED_SINCE),
            if_range=_header(request, hdrs.IF_RANGE),
        ),
    )


def _header(request: web.Request, name: str) -> str | None:
    """A header's value; lines of the same name are one list (RFC 9110, 5.2)."""
    values = request.headers.getall(name, None)
    return None if values is None else ", ".join(values)
