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
    """

    def __init__(self, said: Mapping[str, Access]) -> None:
        self._said = dict(said)

    def say(self, more: Mapping[str, Access]) -> None:
        """Add to what is said."""
        self._said |= more

    def access(self, method: str, resource: str) -> Access:
        """Who may ask for a resource, by its canonical path, with a method."""
        method = "GET" if method == "HEAD" else method
        default = Access.READ if method in READING else Access.CHANGE
        return self._said.get(f"{method} {resource}") or self._said.get(resource) or default
