"""What the API's answers look like."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from aiohttp import web
from typing_extensions import TypedDict


class Message(TypedDict):
    """That it was done."""

    message: str


class Meta(TypedDict):
    """Which part of all there is a page has."""

    total: int
    limit: int
    offset: int
    count: int


def answer(data: object, *, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """The ancestor's envelope around what was asked for."""
    return web.json_response({"success": True, "data": data}, status=status)


def page(data: Sequence[object], *, total: int, limit: int, offset: int) -> web.Response:
    """The ancestor's envelope around a part of a list, with how much there is in all."""
    meta: Meta = {"total": total, "limit": limit, "offset": offset, "count": len(data)}
    return web.json_response({"success": True, "data": data, "meta": meta})
