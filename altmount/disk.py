"""Writing files so that they are there whole, or not at all, whenever the machine stops."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def write_whole(temporary: Path, path: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Write a file beside its place, and put it there once it is on the disk.

    The folder of ``path`` is made if need be; the one above it must be there.

    Raises:
        OSError: It could not be written, or may not last. What is there is whole, old or new.
    """
    try:
        with temporary.open("xb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        put_in_place(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def put_in_place(temporary: Path, path: Path) -> None:
    """Rename a file that is on the disk, for good; as :func:`write_whole`."""
    if not path.parent.is_dir():
        path.parent.mkdir()
        sync_folder(path.parent.parent)
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """See to it that what was made or renamed in a folder is still there after a power cut."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
