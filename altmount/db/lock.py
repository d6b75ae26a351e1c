"""Keeps a second process away from a library."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from altmount.db.errors import DatabaseInUseError, DatabaseUnavailableError


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file at ``path``. The kernel lets go of it when the process ends, however.

    The file stays: removing it would let two processes each lock a file of that name.

    Raises:
        DatabaseInUseError: A process holds it; the message says which.
        DatabaseUnavailableError: It cannot be locked.
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DatabaseUnavailableError(f"cannot open {path}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                raise DatabaseInUseError(
                    f"{path.with_suffix('')} is in use by {_holder(file)}; stop that first"
                ) from None
            raise DatabaseUnavailableError(
                f"cannot lock {path}: {error.strerror}; is it on a network file system?"
            ) from error
        os.pwrite(file, b"%d\n" % os.getpid(), 0)
        yield
    finally:
        os.close(file)


def _holder(file: int) -> str:
    pid = os.pread(file, 20, 0).partition(b"\n")[0].decode("ascii", "replace")
    return f"process {pid}" if pid.isdigit() else "another process"
