"""Categories: what kinds of releases the user tells apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from altmount.errors import InvalidRequestError
from altmount.jobs import Priority

_NO_CATEGORY = frozenset({"", "*", "default"})
"""What clients say for none, unless there is one that is called so."""


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of releases."""

    name: str
    folder: str
    """Of its releases, relative to the folder of all imports."""

    priority: Priority = Priority.NORMAL
    """Of its jobs, where none is asked for."""


class Categories:
    """Those that are configured, in their order."""

    def __init__(self, categories: Sequence[Category] = ()) -> None:
        self._by_name = {category.name.casefold(): category for category in categories}

    def __iter__(self) -> Iterator[Category]:
        return iter(self._by_name.values())

    def find(self, wanted: str | None) -> str | None:
        """What a category is called that a client names in any case; ``None`` for none.

        If none are configured, every name is one.

        Raises:
            InvalidRequestError: There is no such category.
        """
        name = (wanted or "").strip()
        if (category := self._by_name.get(name.casefold())) is not None:
            return category.name
        if name.casefold() in _NO_CATEGORY:
            return None
        if not self._by_name:
            return name
        known = ", ".join(category.name for category in self)
        raise InvalidRequestError(f"there is no category {name[:100]!r}; there are {known}")

    def priority(self, name: str | None) -> Priority:
        """Which priority jobs of a category have where none is asked for."""
        category = self._by_name.get((name or "").casefold())
        return Priority.NORMAL if category is None else category.priority


NONE = Categories()
"""For when none are configured."""
