"""Links to files that can be handed on, and end by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Protocol

from aiohttp import web
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from altmount.auth.caller import Access
from altmount.errors import NotFoundError
from altmount.library.nodes import File, Folder
from altmount.library.paths import VirtualPath, parse_virtual_path
from altmount.signing import Signer
from altmount.web.answers import answer
from altmount.web.route import Route

_MOST_HOURS = 24 * 366


class LinkBody(BaseModel):
    """What is to be handed on."""

    path: str
    """Of a file in the library."""

    hours: float = Field(default=24, gt=0, le=_MOST_HOURS)
    """How long the link opens it."""


class Link(TypedDict):
    """A link that ends by itself."""

    url: str
    expires_at: str


class Library(Protocol):
    """Where files are found by their path."""

    async def find(self, path: VirtualPath) -> File | Folder: ...


class LinksApi:
    """The handler of ``<prefix>/files/link``.

    Args:
        prefix: Of the API.
        library: Where the files are.
        signer: Signs links.
    """

    def __init__(self, prefix: str, library: Library, signer: Signer) -> None:
        self._path = f"{prefix}/files/link"
        self._library = library
        self._signer = signer

    @property
    def routes(self) -> Sequence[Route]:
        return [
            Route(
                "POST",
                self._path,
                self.make,
                Link,
                frozenset({HTTPStatus.NOT_FOUND}),
                HTTPStatus.CREATED,
                body=LinkBody,
                who=Access.READ,
            )
        ]

    async def make(self, request: web.Request, body: LinkBody) -> web.Response:
        """A link to a file, for whoever has it, as long as it lasts. Nothing is kept of it."""
        path = parse_virtual_path(body.path)
        if isinstance(await self._library.find(path), Folder):
            raise NotFoundError(f"{path} is a folder; a link is to a file")
        expires = datetime.now(UTC) + timedelta(hours=body.hours)
        signed = self._signer.sign(path, expires)
        link: Link = {
            "url": f"{request.scheme}://{request.host}/api/files/stream?{signed.query}",
            "expires_at": expires.isoformat(timespec="seconds"),
        }
        return answer(link, status=HTTPStatus.CREATED)
