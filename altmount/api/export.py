"""NZBs of what is in the library, given back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Protocol

from aiohttp import web
from pydantic import BaseModel

from altmount.aio.uninterrupted import uninterrupted
from altmount.api.nzbanswer import NZB, nzb_answer, to_be_saved
from altmount.api.zipstream import ZipStream
from altmount.auth.caller import Access
from altmount.errors import NotFoundError
from altmount.library.nodes import File, Folder
from altmount.library.paths import ROOT, VirtualPath, name_of, parent_of, parse_virtual_path
from altmount.web.route import Route

_ZIP = "application/zip"
_LEFT_OUT = "left out.txt"


class ExportQuery(BaseModel):
    """Which file is meant."""

    path: str
    """In the library."""


class ExportBody(BaseModel):
    """Which files are meant."""

    root_path: str = "/"
    """A folder or a file of the library."""


class Library(Protocol):
    """Where files are found."""

    async def find(self, path: VirtualPath) -> File | Folder: ...

    def walk(
        self, path: VirtualPath, *, depth: int | None = None
    ) -> AsyncIterator[Sequence[File | Folder]]: ...


class Nzbs(Protocol):
    """Where NZBs are kept."""

    async def handed_back(self, release: str) -> bytes: ...

    def pieces(self, release: str) -> AsyncGenerator[bytes, None]: ...


class ExportApi:
    """The handlers of ``<prefix>/files/export-nzb`` and ``<prefix>/files/export-batch``."""

    def __init__(self, prefix: str, library: Library, nzbs: Nzbs) -> None:
        self._prefix = f"{prefix}/files"
        self._library = library
        self._nzbs = nzbs

    @property
    def routes(self) -> Sequence[Route]:
        missing = frozenset({HTTPStatus.NOT_FOUND})
        return [
            Route(
                "GET",
                f"{self._prefix}/export-nzb",
                self.one,
                errors=missing,
                query=ExportQuery,
                media=NZB,
                who=Access.CHANGE,  # there may be a password in it
            ),
            Route(
                "POST",
                f"{self._prefix}/export-batch",
                self.many,
                errors=missing,
                body=ExportBody,
                media=_ZIP,
                who=Access.CHANGE,
            ),
        ]

    async def one(self, request: web.Request, query: ExportQuery) -> web.StreamResponse:
        """The NZB of the release that a file is of, with the passwords that were given for it."""
        path = parse_virtual_path(query.path)
        node = await self._library.find(path)
        if isinstance(node, Folder):
            raise NotFoundError(f"{path} is a folder; ask for a file, or for all as a zip")
        if node.release is None:
            raise NotFoundError(f"{path} was written by a client; it has no NZB")
        return await nzb_answer(request, _stem(node.path), self._nzbs.pieces(node.release))

    async def many(self, request: web.Request, body: ExportBody) -> web.StreamResponse:
        """A zip of the NZBs of all releases that have a file below a path.

        It is sent while it is made. What could not be put into it is told in a text in it.
        """
        files = await self._files(parse_virtual_path(body.root_path))
        if not files:
            raise NotFoundError("there is no file of an NZB at that path")
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        response = web.StreamResponse(headers=to_be_saved(f"nzb-export-{stamp}.zip"))
        response.content_type = _ZIP
        await response.prepare(request)
        made, left_out = ZipStream(), []
        for file, name in files.items():
            try:
                data = await self._nzbs.handed_back(file.release or "")
            except NotFoundError:
                left_out.append(f"{file.path}: its NZB is not kept any more")
                continue
            await response.write(await _in_thread(made, name, data, file.created))
        if left_out:
            text = "\n".join([*left_out, ""]).encode(errors="replace")
            await response.write(await _in_thread(made, _LEFT_OUT, text, datetime.now(UTC)))
        await response.write(made.end())
        await response.write_eof()
        return response

    async def _files(self, path: VirtualPath) -> Mapping[File, str]:
        """A file of each release at or below a path, and what the release is called in a zip."""
        node = await self._library.find(path)
        if isinstance(node, File):
            return {} if node.release is None else {node: _entry(node, several=False)}
        found: dict[str, File] = {}
        several: set[str] = set()
        async for nodes in self._library.walk(path):
            for one in nodes:
                if not isinstance(one, File) or one.release is None:
                    continue
                if found.setdefault(one.release, one) is not one:
                    several.add(one.release)
        return {file: _entry(file, several=release in several) for release, file in found.items()}


def _entry(file: File, *, several: bool) -> str:
    """After its only file, or after the folder of the first of several."""
    folder = parent_of(file.path)
    name = name_of(folder) if several and folder != ROOT else _stem(file.path)
    return f"{folder.removeprefix('/')}/{name}.nzb".removeprefix("/")


async def _in_thread(made: ZipStream, name: str, data: bytes, moment: datetime) -> bytes:
    loop = asyncio.get_running_loop()
    return await uninterrupted(loop.run_in_executor(None, partial(made.add, name, data, moment)))


def _stem(path: VirtualPath) -> str:
    name = name_of(path)
    stem, dot, _ = name.rpartition(".")
    return stem if dot and stem else name
