"""Where a release's files go when others, or one another, are where they want to be."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Container, Sequence
from typing import Protocol

from altmount.aio.steps import unhurried
from altmount.errors import InvalidRequestError
from altmount.library.paths import (
    MAX_PATH_BYTES,
    ROOT,
    VirtualPath,
    join,
    name_of,
    numbered,
    parent_of,
    parts_of,
)


class Index(Protocol):
    """Knows which names are to be had."""

    async def names_taken(
        self, folder: str, like: str, release: str, *, shared: bool
    ) -> Container[str]:
        """See :meth:`altmount.db.files.Files.names_taken`."""


async def settle(
    index: Index, release: str, folder: VirtualPath, wishes: Sequence[VirtualPath]
) -> tuple[VirtualPath, list[VirtualPath]]:
    """Decide where a release's folder and files go, as near to its wishes as can be.

    The answer holds for as long as nobody else publishes.

    Raises:
        InvalidRequestError: A path would be too long.
    """
    given = ROOT
    *shared, own = parts_of(folder)
    for name in shared:
        taken = await index.names_taken(given, name, release, shared=True)
        given = join(given, free_name(name, taken))
    taken = await index.names_taken(given, own, release, shared=False)
    given = join(given, free_name(own, taken))
    allotment = Allotment(folder, given)
    return given, [allotment.place(wish) async for wish in unhurried(wishes)]


def free_name(name: str, taken: Container[str]) -> str:
    """The name of a folder, numbered if it is taken."""
    if name not in taken:
        return name
    names = (numbered(name, n, folder=True) for n in itertools.count(1))
    return next(each for each in names if each not in taken)


class Allotment:
    """Gives each file of a release a path of its own in the folder of the release."""

    def __init__(self, wished: VirtualPath, given: VirtualPath) -> None:
        """Translate wishes for ``wished`` and below into places in ``given``."""
        self._wished = wished
        self._folders = {wished: given}
        self._files: set[VirtualPath] = set()
        self._taken: set[VirtualPath] = set()
        self._numbers: Counter[VirtualPath] = Counter()

    def place(self, path: VirtualPath) -> VirtualPath:
        """The path that a file gets; never the same again, and never a folder's.

        Raises:
            InvalidRequestError: It would be too long.
        """
        given = self._free(join(self._folder(parent_of(path)), name_of(path)), folder=False)
        self._files.add(given)
        self._taken.add(given)
        if len(given.encode()) > MAX_PATH_BYTES:
            raise InvalidRequestError(f"the path is longer than {MAX_PATH_BYTES} bytes: {given}")
        return given

    def _folder(self, path: VirtualPath) -> VirtualPath:
        missing = []
        while path not in self._folders:
            if len(path) <= len(self._wished):
                raise ValueError(f"{path} is outside the release's folder {self._wished}")
            missing.append(path)
            path = parent_of(path)
        given = self._folders[path]
        for folder in reversed(missing):
            given = self._free(join(given, name_of(folder)), folder=True)
            self._folders[folder] = given
            self._taken.add(given)
        return given

    def _free(self, path: VirtualPath, *, folder: bool) -> VirtualPath:
        # Two folders never meet unless they are one, or a number made them so, which is no harm.
        taken = self._files if folder else self._taken
        candidate = path
        while candidate in taken:
            self._numbers[path] += 1
            name = numbered(name_of(path), self._numbers[path], folder=folder)
            candidate = join(parent_of(path), name)
        return candidate
