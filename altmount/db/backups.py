"""Copies of the database, kept before it is changed for good."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from altmount.db.engine import Engine
from altmount.db.errors import BackupError

MOST = 5
"""How many are kept; the oldest go first."""


async def back_up(engine: Engine, revision: str, folder: Path) -> Path:
    """Keep a copy of a database in a folder, which is made if need be.

    Returns:
        The copy, ``altmount-<when, in UTC>-<revision>`` and what its kind ends in.

    Raises:
        BackupError: No copy can be made.
    """
    now = datetime.now(UTC)
    copy = folder / f"altmount-{now:%Y%m%dT%H%M%S}-{revision}{engine.backup_suffix}"
    _make(folder)
    await engine.keep_copy(copy)
    _let_go(folder, engine.backup_suffix)
    return copy


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BackupError(f"cannot make {folder} for backups: {error.strerror}") from error


def _let_go(folder: Path, suffix: str) -> None:
    for old in sorted(folder.glob(f"altmount-*T*-*{suffix}"))[:-MOST]:
        with suppress(OSError):
            old.unlink()
