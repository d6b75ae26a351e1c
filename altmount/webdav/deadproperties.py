"""The properties that clients set, which mean nothing to the server (RFC 4918, section 4)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Protocol

from altmount.webdav.errors import TooManyPropertiesError

MOST_BYTES = 16 * 1024 * 1024
"""Of all names and values together; they are held in memory."""

MOST_BYTES_EACH = 64 * 1024
"""Of all that one resource has."""

_OVERHEAD = 200
"""What each costs beside its text."""

_NONE: Mapping[str, str] = MappingProxyType({})


class Repository(Protocol):
    """Where they are kept over restarts."""

    def all(self) -> AsyncIterator[list[tuple[str, str, str]]]: ...

    async def set(self, node: str, name: str, value: str) -> None: ...

    async def remove(self, node: str, name: str) -> None: ...

    async def forget(self, node: str) -> None: ...

    async def orphans(self) -> list[str]: ...


class DeadProperties:
    """All of them, by the id of the resource, so that moving it changes nothing.

    Those of what was removed stay, since removing can be undone; they go when room is needed.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._properties: dict[str, dict[str, str]] = {}
        self._bytes = 0

    async def load(self) -> None:
        """Read what was kept."""
        async for rows in self._repository.all():
            for node, name, value in rows:
                self._keep(node, name, value)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._properties)

    def of(self, id: str) -> Mapping[str, str]:  # noqa: A002 - the library's word
        """Whole elements, by their names in Clark notation."""
        return self._properties.get(id, _NONE)

    def check(self, id: str, name: str, value: str) -> None:  # noqa: A002
        """See whether there is room for one.

        Raises:
            TooManyPropertiesError: There is not.
        """
        there = self.of(id)
        size = _size(name, value)
        own = sum(_size(*one) for one in there.items())
        if own + size > MOST_BYTES_EACH:
            raise TooManyPropertiesError(f"one resource may have {MOST_BYTES_EACH} bytes of them")
        if self._bytes + size > MOST_BYTES:
            raise TooManyPropertiesError(f"all may have {MOST_BYTES} bytes together")

    async def set(self, id: str, name: str, value: str) -> None:  # noqa: A002
        """Set one on a resource.

        Raises:
            TooManyPropertiesError: There is no room for it.
            DatabaseUnavailableError: It cannot be kept now.
        """
        try:
            self.check(id, name, value)
        except TooManyPropertiesError:
            await self._make_room()
            self.check(id, name, value)
        await self._repository.set(id, name, value)
        self._keep(id, name, value)

    async def remove(self, id: str, name: str) -> None:  # noqa: A002
        """Take one away; it need not be there."""
        if name in self.of(id):
            await self._repository.remove(id, name)
            self._drop(id, name)

    async def copy(self, source: str, target: str) -> None:
        """Give a copy what the original has, and nothing else."""
        for name in list(self.of(target)):
            await self.remove(target, name)
        for name, value in list(self.of(source).items()):
            await self.set(target, name, value)

    async def _make_room(self) -> None:
        for node in await self._repository.orphans():
            await self._repository.forget(node)
            for name in list(self.of(node)):
                self._drop(node, name)

    def _keep(self, node: str, name: str, value: str) -> None:
        if name in self.of(node):
            self._drop(node, name)
        self._properties.setdefault(node, {})[name] = value
        self._bytes += _size(name, value)

    def _drop(self, node: str, name: str) -> None:
        own = self._properties[node]
        self._bytes -= _size(name, own.pop(name))
        if not own:
            del self._properties[node]


def _size(name: str, value: str) -> int:
    return len(name) + len(value) + _OVERHEAD
