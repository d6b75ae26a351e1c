"""A walk through the folders of an image, within bounds, and each folder only once."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

from altmount.archives.iso.limits import MAX_DEPTH, MAX_FOLDER, MAX_FOLDERS, MAX_NODES, too_large
from altmount.archives.model import Entry

F = TypeVar("F")


class Walk(Generic[F]):
    """What was found, and the folders that are still to be read."""

    def __init__(self, root: F) -> None:
        self._waiting: deque[tuple[str, F]] = deque([("", root)])
        self._entries: list[Entry] = []
        self._seen: set[Hashable] = set()
        self._left = MAX_FOLDERS
        self._nodes = 0
        self._path = ""

    def found(self) -> tuple[Entry, ...]:
        """All entries so far."""
        return tuple(self._entries)

    def next_folder(self) -> F | None:
        """The next folder to be read; what is found from now on lies in it."""
        if not self._waiting:
            return None
        self._path, folder = self._waiting.popleft()
        return folder

    def enter(self, place: Hashable, size: int) -> bool:
        """Whether the folder is to be read: not one that was, as in a loop.

        Args:
            place: Where it lies.
            size: How large its list is.

        Raises:
            ArchiveError: TOO_LARGE.
        """
        if place in self._seen:
            return False
        self._seen.add(place)
        self._left -= size
        if size > MAX_FOLDER or self._left < 0 or self._path.count("/") >= MAX_DEPTH:
            raise too_large("folders")
        return True

    def path_of(self, name: str) -> str:
        """The path of something in the folder; asked for once for each.

        Raises:
            ArchiveError: TOO_LARGE.
        """
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise too_large("files")
        return f"{self._path}/{name}" if self._path else name

    def add(self, entry: Entry, folder: F | None = None) -> None:
        """Take in an entry.

        Args:
            entry: It.
            folder: What to read it by, if it is a folder.
        """
        self._entries.append(entry)
        if folder is not None:
            self._waiting.append((entry.path, folder))
