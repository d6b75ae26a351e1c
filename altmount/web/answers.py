"""What the API's answers look like."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from typing_extensions import TypedDict


class Message(TypedDict):
    """That it was done."""

    message: str


def answer(data: object, *, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """The ancestor's envelope around what was asked for."""
    return web.json_response({"success": True, "data": data}, status=status)
