"""Making links into the library again."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Protocol

from aiohttp import web
from pydantic import BaseModel
from typing_extensions import TypedDict

from altmount.errors import ObstacleError
from altmount.library.paths import VirtualPath, parse_virtual_path
from altmount.links.keeper import Regenerated
from altmount.web.answers import answer
from altmount.web.route import Route


class RegenerationBody(BaseModel):
    """Which links are wanted."""

    path: str = "/"
    """Of a file or a folder in the library."""


class RegenerationAnswer(TypedDict):
    """What stands now, and what does not."""

    links: int
    taken: int
    obstacles: list[str]


class Keeper(Protocol):
    """What keeps links."""

    async def regenerate(self, path: VirtualPath) -> Regenerated: ...


class RegenerationApi:
    """The handler of ``<prefix>/links/regenerate``.

    Args:
        prefix: Of the API.
        keeper: Of links, if there are to be any.
    """

    def __init__(self, prefix: str, keeper: Keeper | None) -> None:
        self._path = f"{prefix}/links/regenerate"
        self._keeper = keeper

    @property
    def routes(self) -> Sequence[Route]:
        return [
            Route(
                "POST",
                self._path,
                self.run,
                RegenerationAnswer,
                frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}),
                body=RegenerationBody,
            )
        ]

    async def run(self, _request: web.Request, body: RegenerationBody) -> web.Response:
        """Make the links of a path again, also those that someone has taken.

        Who leaves stops it at the link that is being made.
        """
        path = parse_virtual_path(body.path)
        return answer(as_json(await regenerated(self._keeper, path)))


async def regenerated(keeper: Keeper | None, path: VirtualPath) -> Regenerated:
    """What making links again came to.

    Raises:
        ObstacleError: The settings want no links.
        AltmountError: As :meth:`altmount.links.keeper.Keeper.regenerate`.
    """
    if keeper is None:
        raise ObstacleError(
            "there are no links: import.import_strategy is NONE; set it to SYMLINK or STRM and"
            " restart"
        )
    return await keeper.regenerate(path)


def as_json(done: Regenerated) -> RegenerationAnswer:
    """What stands now, and what does not."""
    return {"links": done.links, "taken": done.taken, "obstacles": list(done.obstacles)}
