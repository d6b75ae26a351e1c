"""What is known of a file of the library."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Protocol

from aiohttp import web
from pydantic import BaseModel
from typing_extensions import TypedDict

from altmount.auth.caller import Access
from altmount.errors import NotFoundError
from altmount.library.nodes import File, Folder
from altmount.library.paths import VirtualPath, parse_virtual_path
from altmount.library.status import FileStatus
from altmount.web.answers import answer
from altmount.web.route import Route

# The ancestor's words, which its clients compare.
_STATUS = {
    FileStatus.HEALTHY: "healthy",
    FileStatus.UNVERIFIED: "unspecified",
    FileStatus.DEGRADED: "degraded",
    FileStatus.DAMAGED: "corrupted",
}


class FileQuery(BaseModel):
    """Which file is meant."""

    path: str
    """In the library."""


class FileAnswer(TypedDict):
    """A file, and how it is."""

    path: str
    id: str
    file_size: int
    status: str
    created_at: str
    modified_at: str


class Library(Protocol):
    """Where files are found by their path."""

    async def find(self, path: VirtualPath) -> File | Folder: ...


class FileInfoApi:
    """The handler of ``<prefix>/files/info``."""

    def __init__(self, prefix: str, library: Library) -> None:
        self._path = f"{prefix}/files/info"
        self._library = library

    @property
    def routes(self) -> Sequence[Route]:
        return [
            Route(
                "GET",
                self._path,
                self.get,
                FileAnswer,
                frozenset({HTTPStatus.NOT_FOUND}),
                query=FileQuery,
                who=Access.READ,
            )
        ]

    async def get(self, _request: web.Request, query: FileQuery) -> web.Response:
        """A file, and how it is.

        `healthy`; `degraded` if it lacks little, and plays zeros there; `corrupted` if reading it
        may end in errors; `unspecified` as long as not all of it was looked at.
        """
        path = parse_virtual_path(query.path)
        file = await self._library.find(path)
        if isinstance(file, Folder):
            raise NotFoundError(f"{path} is a folder; ask for a file")
        told: FileAnswer = {
            "path": file.path,
            "id": file.id,
            "file_size": file.size,
            "status": _STATUS[file.status],
            "created_at": file.created.isoformat(),
            "modified_at": file.modified.isoformat(),
        }
        return answer(told)
