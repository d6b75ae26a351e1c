"""NZBs on the server's disk, in the folders that its owner lists."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from altmount.errors import InvalidRequestError, NotFoundError

_MAX_DEPTH = 10


class LocalFiles:
    """Files that may be named by their paths. All of it blocks.

    Args:
        folders: Where they may lie, with all that is below them.
        max_bytes: How large one may be.
    """

    def __init__(self, folders: Iterable[Path], *, max_bytes: int) -> None:
        self._folders = tuple(folders)
        self._max_bytes = max_bytes

    def find(self, name: str) -> Path:
        """A file or a folder, once links in its path are followed.

        Raises:
            NotFoundError: There is nothing, or not in one of the folders: whether there is such a
                file elsewhere is nobody's business.
        """
        try:
            path = Path(name).resolve(strict=True)
            if Path(name).is_absolute() and self._above(path) is not None:
                return path
        except (OSError, ValueError, RuntimeError):
            pass
        raise NotFoundError(
            "there is no such file in the folders that may be read; list its folder in"
            " sabnzbd.local_folders, or put it into import.watch_dir"
        )

    def read(self, path: Path) -> bytes:
        """All of a file that was found.

        Raises:
            NotFoundError: It is not there any more, or cannot be read.
            InvalidRequestError: It is too large.
        """
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with open(handle, "rb") as file:  # noqa: PTH123 -- a handle, not a path
                data = file.read(self._max_bytes + 1)
        except OSError as error:
            raise NotFoundError(f"{path.name} cannot be read: {error.strerror}") from None
        if len(data) > self._max_bytes:
            raise InvalidRequestError(f"the file has more than {self._max_bytes} bytes")
        return data

    def within(self, path: Path) -> Path:
        """A path that was found, from the folder on that it lies in."""
        return path.relative_to(self._above(path) or path.parent)

    def _above(self, path: Path) -> Path | None:
        resolved = (folder.resolve() for folder in self._folders)
        return next((folder for folder in resolved if path.is_relative_to(folder)), None)


def files_below(
    folder: Path | str, endings: tuple[str, ...], depth: int = _MAX_DEPTH
) -> Iterator[os.DirEntry[str]]:
    """The files in a folder and in those below; no hidden ones, and none that links lead to.

    Args:
        folder: Where to look.
        endings: What their names end in, in lower case.
        depth: How far down to go.

    Raises:
        OSError: The folder cannot be read. One below that cannot be is passed over.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                if depth:
                    try:
                        yield from files_below(entry.path, endings, depth - 1)
                    except OSError:
                        continue  # one folder that may not be read does not hide the others
            elif entry.name.lower().endswith(endings) and entry.is_file(follow_symlinks=False):
                yield entry
