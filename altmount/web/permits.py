"""Who may ask for what, by method and address."""

from __future__ import annotations

from collections.abc import Mapping

from altmount.auth.caller import Access

READING = frozenset({"OPTIONS", "GET", "HEAD", "PROPFIND"})
"""The methods that change nothing."""


class Permits:
    """What each address asks of its callers.

    Where nothing else is said, readers may read and users may change.

    Args:
        said: By canonical path, or by method and canonical path: ``POST /api/queue/upload``.
            What is said with a method goes before what is said without.
        base: A path that everything lies under as well, and that makes no difference.
    """

    def __init__(self, said: Mapping[str, Access], base: str = "") -> None:
        self._said = dict(said)
        self._base = base

    def say(self, more: Mapping[str, Access]) -> None:
        """Add to what is said."""
        self._said |= more

    def access(self, method: str, resource: str) -> Access:
        """Who may ask for a resource, by its canonical path, with a method."""
        method = "GET" if method == "HEAD" else method
        resource = without_base(resource, self._base)
        default = Access.READ if method in READING else Access.CHANGE
        return self._said.get(f"{method} {resource}") or self._said.get(resource) or default


def without_base(path: str, base: str) -> str:
    """A path, or a canonical one, without the base path."""
    return path.removeprefix(base) if path.startswith(f"{base}/") else path
