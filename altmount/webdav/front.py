"""WebDAV's front door: it reads natively, and has wsgidav write.

GET and HEAD go to the handler of ``/files``, so that there is one implementation of ranges and
conditions, and no stream in a thread. PROPFIND, which clients send without end, is answered here
as well. Everything else, with its locks and preconditions, is wsgidav's.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol
from urllib.parse import quote

from aiohttp import hdrs, web

from altmount.aio.whole import whole
from altmount.errors import AltmountError, InvalidRequestError, NotFoundError
from altmount.library.errors import NoFolderError, ProtectedError, TakenError
from altmount.library.nodes import File, Folder, Usage
from altmount.library.paths import ROOT, VirtualPath, parent_of
from altmount.web.credentials import caller_of
from altmount.web.errors import Handler, error_response
from altmount.web.targets import path_below
from altmount.webdav.bodies import Body, declared_size, expect, receive
from altmount.webdav.errors import InfiniteDepthError
from altmount.webdav.headers import parse_destination, rewrite_if
from altmount.webdav.locks import Locks
from altmount.webdav.multistatus import HEAD, TAIL, responses
from altmount.webdav.page import CONTENT_SECURITY_POLICY, page
from altmount.webdav.properties import NOT_IN_ALL, Surroundings
from altmount.webdav.propfind import Depth, Wanted, parse_depth, parse_propfind
from altmount.webdav.share import Kept, Node, Queued
from altmount.webdav.statuses import status_of
from altmount.webdav.upstream import Upstream
from altmount.webdav.urls import href
from altmount.webdav.writing import Writing
from altmount.webdav.xml import MAX_XML_BYTES, parse_xml

MOST_ENTRIES = 20_000
"""How many resources a PROPFIND of infinite depth may be about."""

_FIND_SECONDS = 5.0
"""How long it may take to find them."""

_BLOCK = 1 << 16
"""Bytes of XML that are made in one step of the event loop, and sent together."""

RESOURCES = frozenset({"/webdav", "/webdav/{path}", "/{path}"})
"""The share's addresses, by canonical path, on the common port and on its own."""

METHODS = (
    *("OPTIONS", "GET", "HEAD", "PROPFIND", "PROPPATCH", "MKCOL", "PUT"),
    *("DELETE", "COPY", "MOVE", "LOCK", "UNLOCK"),
)

_WITH_XML = {"PROPPATCH", "LOCK"}
_PASSED_ON = (
    *("Depth", "Overwrite", "Timeout", "Lock-Token", "Content-Type", "Content-Encoding"),
    *("Content-Range", "User-Agent"),
)
_CONDITIONS = ("If", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since")
_XML = "application/xml; charset=utf-8"
_PROPNAME = b'<propfind xmlns="DAV:"><name/></propfind>'
"""What wsgidav takes for a request for names."""

_FINITE_DEPTH = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>\n'
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken of clients at a time."""

    nzb_bytes: int
    local_file_bytes: int


class Files(Protocol):
    """What sends files."""

    async def serve(self, request: web.Request, file: File, door: str) -> web.StreamResponse: ...


class Front:
    """The handlers of the share, below a prefix of the URL."""

    def __init__(
        self,
        prefix: str,
        writing: Writing,
        locks: Locks,
        files: Files,
        upstream: Upstream,
        bodies: dict[str, Body],
        limits: Limits,
    ) -> None:
        """Serve a share.

        Args:
            prefix: Where it begins in URLs, such as ``/webdav``; empty for the root.
            writing: The share, and how it is changed.
            locks: The locks that clients hold.
            files: Sends files.
            upstream: Where wsgidav is.
            bodies: The bodies of uploads that wsgidav is working on.
            limits: How much is taken of clients at a time.
        """
        self._prefix = prefix
        self._writing = writing
        self._share = writing.share
        self._locks = locks
        self._files = files
        self._upstream = upstream
        self._bodies = bodies
        self._limits = limits

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        own: dict[str, Handler] = {
            "OPTIONS": self.options,
            "GET": self.get,
            "PROPFIND": self.propfind,
            "PUT": self.put,
        }
        anything = f"{self._prefix}/{{path:.*}}"
        routes = [
            web.route(method, anything, _told(own.get(method, self.change)), expect_handler=expect)
            for method in METHODS
            if method != "HEAD"  # which comes with GET
        ]
        if self._prefix:
            routes += [
                web.route(method, self._prefix, self.redirect)
                for method in METHODS
                if method != "HEAD"
            ]
        return routes

    async def redirect(self, _request: web.Request) -> web.StreamResponse:
        """Add the slash that makes it a folder."""
        raise web.HTTPMovedPermanently(f"{self._prefix}/")

    async def options(self, request: web.Request) -> web.StreamResponse:
        """Say what can be done (RFC 4918, section 10.1)."""
        with suppress(NotFoundError):  # it may be made
            await self._share.find(self._path(request))
        headers = {"DAV": "1, 2", "Allow": ", ".join(METHODS), "MS-Author-Via": "DAV"}
        return web.Response(headers=headers)

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Send a file, or show a folder."""
        node = await self._share.find(self._path(request))
        if isinstance(node, File):
            return await self._files.serve(request, node, "webdav")
        if not isinstance(node, Folder):
            raise NotFoundError(f"{node.path} was taken in, and is not kept")
        return await self._show(request, self._path(request))

    async def propfind(self, request: web.Request) -> web.StreamResponse:
        """Tell the properties of a resource, and of what is in it."""
        path = self._path(request)
        depth = parse_depth(request.headers.get("Depth"))
        with Body() as body:
            await receive(request, body, MAX_XML_BYTES)
            xml = body.whole()
        wanted = parse_propfind(xml)
        if any(name in request.headers for name in _CONDITIONS):
            return await self._pass_on(request, path, _PROPNAME if wanted.names_only else xml)
        node = await self._share.find(path)
        below = await self._below(path, node, depth)
        pieces = responses(
            wanted,
            self._named(path, node, below),
            await self._around(wanted),
            self._writing.dead,
        )
        return await _send(request, HTTPStatus.MULTI_STATUS, _XML, _document(pieces))

    async def put(self, request: web.Request) -> web.StreamResponse:
        """Take something in, if there is any use in taking it in.

        Once all of it is here it is taken in whether the client stays or not.
        """
        path = self._path(request)
        fate = self._share.fate(path)
        await self._check_put(path)
        limit = self._limits.local_file_bytes
        if isinstance(fate, Queued):
            limit = self._limits.nzb_bytes
        elif isinstance(fate, Kept):
            self._writing.check_local(declared_size(request) or 0)
        with Body() as body:
            await receive(request, body, limit)
            name = secrets.token_hex(16)
            self._bodies[name] = body
            try:
                known_as = {"X-Altmount-Body": name}
                return await whole(self._pass_on(request, path, b"", known_as), "PUT")
            finally:
                del self._bodies[name]

    async def change(self, request: web.Request) -> web.StreamResponse:
        """Have wsgidav do it."""
        path = self._path(request)
        if path == ROOT and request.method in {"DELETE", "MOVE"}:
            raise ProtectedError("the share itself stays where it is")
        with Body() as body:
            await receive(request, body, MAX_XML_BYTES)
            xml = body.whole()
        if xml and request.method in _WITH_XML:
            parse_xml(xml)  # wsgidav would take document types
        return await self._pass_on(request, path, xml)

    async def _check_put(self, path: VirtualPath) -> None:
        """See whether something could be written to a path, before it is sent.

        Raises:
            TakenError: A folder is there.
            ProtectedError: A film is there.
            NoFolderError: Its folder is not there.
        """
        try:
            node = await self._share.find(path)
        except NotFoundError:
            pass
        else:
            if isinstance(node, Folder):
                raise TakenError(f"{path} is a folder")
            if isinstance(node, File) and node.local is None:
                raise ProtectedError(f"{path} is of a release, and its bytes are not changed")
            return
        try:
            parent = await self._share.find(parent_of(path))
        except NotFoundError:
            parent = None
        if not isinstance(parent, Folder):
            raise NoFolderError(f"{parent_of(path)} is not a folder; make it first")

    async def _below(self, path: VirtualPath, node: Node, depth: Depth) -> list[Node]:
        """What a PROPFIND is about beside the resource itself.

        Raises:
            InfiniteDepthError: It is too much.
        """
        if not isinstance(node, Folder) or depth is Depth.ZERO:
            return []
        if depth is Depth.ONE:
            return await self._share.children(path)
        found: list[Node] = []
        too_much = InfiniteDepthError("the tree is too large to be told at once; use Depth: 1")
        try:
            async with asyncio.timeout(_FIND_SECONDS):
                async for nodes in self._share.walk(path):
                    found += nodes
                    if len(found) > MOST_ENTRIES:
                        raise too_much
        except TimeoutError:
            raise too_much from None
        return found

    def _named(
        self, path: VirtualPath, node: Node, below: Sequence[Node]
    ) -> Iterator[tuple[str, Node]]:
        yield href(self._prefix, path, folder=isinstance(node, Folder)), node
        for one in below:
            yield href(self._prefix, one.path, folder=isinstance(one, Folder)), one

    async def _around(self, wanted: Wanted) -> Surroundings:
        # It is counted for those only who ask.
        asked = not NOT_IN_ALL.isdisjoint(wanted.names)
        usage = await self._share.usage() if asked else Usage(0, 0, 0, 0)
        return Surroundings(self._prefix, usage, self._locks.active())

    async def _show(self, request: web.Request, path: VirtualPath) -> web.StreamResponse:
        if not _accepts_html(request.headers.get(hdrs.ACCEPT, "*/*")):
            allowed = [method for method in METHODS if method not in {"GET", "HEAD", "PUT"}]
            raise web.HTTPMethodNotAllowed(
                request.method, allowed, text=f"{path} is a folder; list it by PROPFIND"
            )
        children = await self._share.children(path)
        return await _send(
            request,
            HTTPStatus.OK,
            "text/html; charset=utf-8",
            page(self._prefix, path, children),
            {
                "Content-Security-Policy": CONTENT_SECURITY_POLICY,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "no-store",
            },
        )

    def _path(self, request: web.Request) -> VirtualPath:
        if request.rel_url.raw_fragment:  # no client sends one, but for a name with # in it
            raise InvalidRequestError("write # in a name as %23")
        return path_below(self._prefix, request.rel_url.raw_path)

    async def _pass_on(
        self,
        request: web.Request,
        path: VirtualPath,
        body: bytes,
        more: dict[str, str] | None = None,
    ) -> web.StreamResponse:
        """Have wsgidav answer; only what it needs to know goes along."""
        sent = request.headers
        headers = {name: sent[name] for name in _PASSED_ON if name in sent}
        headers |= {name: ", ".join(sent.getall(name)) for name in _CONDITIONS if name in sent}
        if "If" in headers:
            headers["If"] = rewrite_if(headers["If"], self._prefix)
        if request.method in {"COPY", "MOVE"}:
            hosts = (request.host, sent.get(hdrs.HOST, ""), sent.get("X-Forwarded-Host", ""))
            target = parse_destination(sent.get("Destination"), self._prefix, hosts)
            headers["Destination"] = quote(quote(target))
        user = caller_of(request).name
        client = f"{sent.get(hdrs.USER_AGENT, '')[:200]} {request.remote or ''}".strip()
        headers |= {
            "X-Altmount-Prefix": self._prefix,
            "X-Altmount-User": quote(user),
            "X-Altmount-Client": quote(client),
            **(more or {}),
        }
        return await self._upstream.pass_on(request, quote(quote(path)), headers, body)


def _told(handler: Handler) -> Handler:
    """Have errors told by WebDAV's statuses."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except InfiniteDepthError:
            return web.Response(
                status=HTTPStatus.FORBIDDEN, text=_FINITE_DEPTH, content_type="application/xml"
            )
        except AltmountError as error:
            if request.writer.output_size > 0:
                raise
            return error_response(request, status_of(error), str(error))

    return handle


async def _send(
    request: web.Request,
    status: HTTPStatus,
    content_type: str,
    pieces: Iterator[str],
    headers: dict[str, str] | None = None,
) -> web.StreamResponse:
    """Send text as it is made, in steps that let streams go on beside it."""
    headers = {hdrs.CONTENT_TYPE: content_type, **(headers or {})}
    response: web.StreamResponse | None = None
    block: list[str] = []
    size = 0
    for piece in pieces:
        block.append(piece)
        size += len(piece)
        if size >= _BLOCK:
            if response is None:
                response = web.StreamResponse(status=status, headers=headers)
                await response.prepare(request)
            await response.write("".join(block).encode())
            block, size = [], 0
            await asyncio.sleep(0)
    rest = "".join(block).encode()
    if response is None:
        return web.Response(status=status, headers=headers, body=rest)
    await response.write_eof(rest)
    return response


def _document(pieces: Iterator[str]) -> Iterator[str]:
    yield HEAD
    yield from pieces
    yield TAIL


def _accepts_html(accept: str) -> bool:
    kinds = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    return not kinds.isdisjoint({"text/html", "text/*", "*/*", "application/xhtml+xml"})
