"""The folder of links on the disk. Every call waits for the disk: for threads.

No symlink is followed below the folder, so nothing is made, changed or removed outside of it.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from altmount.errors import ObstacleError, PermanentError, TemporaryError
from altmount.links.wanted import Kind, Link

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LONGEST = 1 << 16
"""In bytes; a file that is longer is none of ours."""

# What passes only when someone does something about it.
_LASTING = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
    | {errno.ENAMETOOLONG, errno.EINVAL, errno.EOPNOTSUPP}
)

Ours = Callable[[Kind, str], bool]
"""Whether a symlink's target, or a file's content, says that it is a link of this program."""

OnceOurs = Callable[[str, str], bool]
"""Whether a symlink's target says so, which stands where this program has made one."""


class LinkError(PermanentError):
    """A link cannot be made until someone sees to the folder."""


class LinkUnavailableError(TemporaryError):
    """A link cannot be made or removed now: the disk is full, or does not answer."""


class LinkTakenError(ObstacleError):
    """Something that is no link of this program is where one should be."""


class LinkFolder:
    """Makes and removes links, whole or not at all; what is not ours is never touched.

    Args:
        root: The folder, which must be there.
        ours: Knows a link of this program.
        once_ours: Knows one that was made when the library was mounted elsewhere.
    """

    def __init__(self, root: Path, ours: Ours, once_ours: OnceOurs) -> None:
        self._root = root
        self._ours = ours
        self._once_ours = once_ours

    def put(self, link: Link, *, made: bool) -> Sequence[str]:
        """Have a link stand, in place of the one that is there; the folders made for it.

        Args:
            link: Which.
            made: Whether this program has made one there before.

        Raises:
            LinkTakenError: Something else is there.
            LinkError, LinkUnavailableError: It could not be made.
        """
        folders: list[str] = []
        with self._told(link.path), self._inside(link.path, folders) as (folder, name):
            there = self._found(folder, name, link.path if made else None)
            if there == (link.kind, link.text):
                return folders
            if there is None and _is_there(folder, name):
                raise LinkTakenError(
                    f"{self._root / link.path} is there already, and no link of altmount; move it"
                    " away, then try again"
                )
            _place(folder, name, link, replace=there is not None)
        return folders

    def correct(self, links: Iterable[Link]) -> int:
        """Have those links that were made and stand say what they should; how many did not.

        Raises:
            LinkError, LinkUnavailableError: That cannot be told, or one could not be changed.
        """
        return sum(map(self._correct, links))

    def _correct(self, link: Link) -> bool:
        with self._told(link.path):
            try:
                with self._inside(link.path, None) as (folder, name):
                    there = self._found(folder, name, link.path)
                    if there is None or there == (link.kind, link.text):
                        return False
                    _place(folder, name, link, replace=True)
            except FileNotFoundError:
                return False
        return True

    def remove(self, path: str, made: Container[str] = ()) -> bool:
        """Remove a link that was made, and the folders around it that are empty then.

        Args:
            path: Of the link, below the folder.
            made: Folders that may go, since this program made them.

        Returns:
            Whether it stood.

        Raises:
            LinkError, LinkUnavailableError: It could not be removed.
        """
        with self._told(path):
            try:
                with self._inside(path, None) as (folder, name):
                    stood = self._found(folder, name, path) is not None
                    if stood:
                        os.unlink(name, dir_fd=folder)
            except FileNotFoundError:
                stood = False
            self._prune(path, made)
        return stood

    def stands(self, path: str) -> bool:
        """Whether a link that was made is there.

        Raises:
            LinkError, LinkUnavailableError: That cannot be told.
        """
        with self._told(path):
            try:
                with self._inside(path, None) as (folder, name):
                    return self._found(folder, name, path) is not None
            except FileNotFoundError:
                return False

    def _found(self, folder: int, name: str, made: str | None) -> tuple[Kind, str] | None:
        """The link of ours that is there; ``made`` is its path if one was made there before."""
        try:
            there = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if stat.S_ISLNK(there.st_mode):
            found = (Kind.SYMLINK, os.readlink(name, dir_fd=folder))
        elif stat.S_ISREG(there.st_mode) and there.st_size <= _LONGEST and name.endswith(".strm"):
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            with os.fdopen(file, "rb") as opened:
                text = opened.read(_LONGEST).decode(errors="surrogateescape")
            found = (Kind.STRM, text.removesuffix("\n"))
        else:
            return None
        if self._ours(*found):
            return found
        kind, target = found
        once = kind is Kind.SYMLINK and made is not None and self._once_ours(target, made)
        return found if once else None

    def _prune(self, path: str, made: Container[str]) -> None:
        above = path.rpartition("/")[0]
        while above and above in made:
            try:
                with self._inside(above, None) as (folder, name):
                    os.rmdir(name, dir_fd=folder)
            except FileNotFoundError:
                pass
            except OSError as error:
                if error.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
                    return
                raise
            above = above.rpartition("/")[0]

    @contextmanager
    def _inside(self, path: str, made: list[str] | None) -> Iterator[tuple[int, str]]:
        """The folder that a path is in, and its name; folders on the way are made if ``made``."""
        *folders, name = path.split("/")
        if any(part in {"", ".", ".."} for part in (*folders, name)):
            raise ValueError(f"not a path of a link: {path!r}")
        here = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for depth, part in enumerate(folders, 1):
                if made is not None:
                    with suppress(FileExistsError):
                        os.mkdir(part, 0o775, dir_fd=here)
                        made.append("/".join(folders[:depth]))
                below = os.open(part, _FOLDER, dir_fd=here)
                os.close(here)
                here = below
            yield here, name
        finally:
            os.close(here)

    @contextmanager
    def _told(self, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            said = f"{self._root / path} cannot be made or removed: {error.strerror}"
            if error.errno in _LASTING:
                raise LinkError(
                    f"{said}; see that import.import_dir is there and may be written to, then try"
                    " again"
                ) from error
            raise LinkUnavailableError(said) from error


def _is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _place(folder: int, name: str, link: Link, *, replace: bool) -> None:
    if link.kind is Kind.SYMLINK and not replace:
        os.symlink(link.text, name, dir_fd=folder)  # made whole, or not, since something is there
        return
    temporary = f".{secrets.token_hex(8)}.altmount-tmp"
    try:
        if link.kind is Kind.SYMLINK:
            os.symlink(link.text, temporary, dir_fd=folder)
        else:
            _write(folder, temporary, link.text)
        if replace:
            os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        else:  # fails where something has come to be meanwhile, which a renaming would replace
            os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    finally:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)


def _write(folder: int, name: str, text: str) -> None:
    file = os.open(name, _FILE, 0o664, dir_fd=folder)
    with os.fdopen(file, "wb") as opened:
        opened.write(f"{text}\n".encode(errors="surrogateescape"))
        opened.flush()
        os.fsync(opened.fileno())
