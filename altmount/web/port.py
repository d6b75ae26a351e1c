"""What is served on a port, at the root and below a base path."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from altmount.web.permits import without_base
from altmount.web.route import Route

_BASE = web.AppKey("base", str)


class Port:
    """The addresses of a port; each is there twice if there is a base path.

    A proxy may take the base path away before it passes a request on, or leave it.

    Args:
        app: What serves them.
        base: Such as ``/altmount``; empty for none.
    """

    def __init__(self, app: web.Application, base: str) -> None:
        self.app = app
        self._base = base
        app[_BASE] = base

    def add_routes(self, routes: Iterable[web.RouteDef | Route]) -> None:
        """Add addresses whose handlers do not care where they lie."""
        added = list(routes)
        self.app.add_routes(added)
        if self._base:
            self.app.add_routes(_below(self._base, one) for one in added)

    def prefixes(self, prefix: str) -> list[str]:
        """Where something lies that does care."""
        return [prefix, f"{self._base}{prefix}"] if self._base else [prefix]


def path_of(request: web.Request) -> str:
    """The path of a request, without the base path."""
    return without_base(request.path, request.app.get(_BASE, ""))


def _below(base: str, one: web.RouteDef | Route) -> web.RouteDef | Route:
    if isinstance(one, Route):
        return one.below(base)
    return web.RouteDef(one.method, f"{base}{one.path}", one.handler, one.kwargs)
