"""Backups of a PostgreSQL database, by its own ``pg_dump``."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

from altmount.db.errors import BackupError

_SECONDS = 3600.0
_DEBIAN = "/usr/lib/postgresql"
"""Where Debian keeps the programs of each version of the server."""


async def dump(conninfo: str, password: str | None, schema: str, target: Path) -> None:
    """Write a schema to a file that ``pg_restore`` reads, whole or not at all.

    Args:
        conninfo: How to reach the database; without secrets, for it can be seen in the list of
            processes.
        password: The one that goes with it.
        schema: What is written, and nothing beside it.
        target: The file.

    Raises:
        BackupError: There is no ``pg_dump``, or it fails.
    """
    program = pg_dump()
    if program is None:
        raise BackupError(
            "pg_dump is not installed (Debian: apt-get install postgresql-client), so no backup of"
            " the database can be made; install it, or make one in another way and run"
            " `altmount db upgrade --no-backup`"
        )
    part = target.with_name(f"{target.name}.part")
    named = schema.replace('"', '""')
    command = [
        *(program, "--format=custom", "--no-password", "--no-owner", "--no-privileges"),
        *(f'--schema="{named}"', f"--file={part}", f"--dbname={conninfo}"),
    ]
    environ = {**os.environ, "PGPASSWORD": password} if password else dict(os.environ)
    try:
        await asyncio.to_thread(_run, command, environ)
        part.replace(target)
    except (OSError, subprocess.SubprocessError) as error:
        said = error.stderr if isinstance(error, subprocess.CalledProcessError) else error
        raise BackupError(
            f"pg_dump cannot make a backup of the database: {' '.join(str(said).split())}"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def pg_dump() -> str | None:
    """The newest ``pg_dump`` there is: an older one than the server refuses to work."""
    found = sorted(Path(_DEBIAN).glob("*/bin/pg_dump"), key=lambda path: _number(path.parts[-3]))
    return str(found[-1]) if found else shutil.which("pg_dump")


def _number(version: str) -> int:
    return int(version) if version.isdecimal() else 0


def _run(command: list[str], environ: dict[str, str]) -> None:
    subprocess.run(  # noqa: S603 - the program is ours to name, and there is no shell
        command,
        env=environ,
        check=True,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=_SECONDS,
    )
