"""What the API says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from aiohttp import web

from altmount.auth.caller import Access
from altmount.web.route import Route

_HTML = "text/html"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


class DocumentationApi:
    """The handlers of ``<prefix>/openapi.json`` and ``<prefix>/docs``.

    Neither is made before somebody asks, so that they cost the start nothing.

    Args:
        prefix: Of the API.
        routes: Gives the table of all routes, these two among them.
    """

    def __init__(self, prefix: str, routes: Callable[[], Iterable[Route]]) -> None:
        self._prefix = prefix
        self._table = routes

    @property
    def routes(self) -> Sequence[Route]:
        return [
            Route(
                "GET",
                f"{self._prefix}/openapi.json",
                self.document,
                answer=dict[str, Any],
                bare=True,
                who=Access.OPEN,
            ),
            Route("GET", f"{self._prefix}/docs", self.page, media=_HTML, who=Access.OPEN),
        ]

    async def document(self, _request: web.Request) -> web.Response:
        """All that the API can be asked for, as an OpenAPI 3.1 document."""
        return web.json_response(self._document)

    async def page(self, _request: web.Request) -> web.Response:
        """All that the API can be asked for, as a page that loads nothing from anywhere."""
        from altmount.api.page import page  # noqa: PLC0415 nobody may ever ask

        text = page(self._document)
        return web.Response(text=text, content_type=_HTML, headers=_HEADERS)

    @cached_property
    def _document(self) -> dict[str, Any]:
        from altmount.api.openapi import document  # noqa: PLC0415 nobody may ever ask

        return document(self._table())
