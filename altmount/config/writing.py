"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from altmount.disk import sync_folder


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, at once or not at all.

    A new one is for the eyes of its owner only; one that is there keeps its owner and its rights,
    and where its name is a symbolic link that stays one.

    Raises:
        OSError: It cannot be written there.
    """
    path = path.resolve()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            with suppress(FileNotFoundError):
                before = path.stat()
                os.fchmod(handle, before.st_mode & 0o7777)
                with suppress(OSError):  # only root may give files away
                    os.fchown(handle, before.st_uid, before.st_gid)
            file.write(data)
            file.flush()
            os.fsync(handle)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
