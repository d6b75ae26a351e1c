"""The database: of this version, sound, and whose."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from altmount.db.address import Address
from altmount.db.checking import faults
from altmount.db.engine import Engine, engine_at
from altmount.db.errors import (
    DatabaseError,
    DriverMissingError,
    ForeignDatabaseError,
    NewerDatabaseError,
)
from altmount.db.revisions import REVISIONS, Revisions
from altmount.doctor.aside import aside
from altmount.doctor.examination import failed
from altmount.doctor.finding import Finding, Grade, Say, worst
from altmount.doctor.mounts import file_system_of, is_remote
from altmount.program import beside_another

CHECK = "database"
SECONDS = 60.0

_MOUNTS = Path("/proc/self/mountinfo")
_MOST = 20
"""Findings of an inspection that are told."""


@dataclass(slots=True)
class DatabaseLook:
    """Looks into a database, reading only, beside whoever works with it.

    Args:
        find: Tells where it is. Raises AltmountError.
        backups: The folder of its backups.
        revisions: Those that the program knows.
    """

    find: Callable[[], Address]
    backups: Path
    revisions: Revisions = REVISIONS
    address: Address | None = None
    """Where it is, as far as that was found out."""

    usable: Address | None = None
    """Where it is, if this version can work with it as it is."""

    async def look(self, say: Say) -> None:
        """Say how it is."""
        address = self.address = self.find()
        try:
            await self._look(address, say)
        except ForeignDatabaseError:
            if not isinstance(address, Path):
                raise
            ours = self.address = beside_another(address)
            text = f"{address} is of another program, and is left alone; {ours} is used"
            say(Finding(CHECK, "", Grade.NOTE, text))
            await self._look(ours, say)

    async def _look(self, address: Address, say: Say) -> None:
        log = None
        if isinstance(address, Path) and not address.name:
            fix = "Set database.path to a file."
            say(Finding(CHECK, "", Grade.ERROR, f"{address} is a folder", fix))
            return
        if isinstance(address, Path):
            path, log = address, address.with_name(f"{address.name}-wal")
            # A disk that does not answer is found out here, where nothing has to be closed.
            if not await aside(lambda: _may_be_there(path), name="database"):
                say(Finding(CHECK, "", Grade.NOTE, f"{path} is not there yet; the start makes it"))
                return
            for finding in await aside(lambda: _far_away(path), name="database"):
                say(finding)
        still = log is not None and not log.exists()
        found = await self._inspected(address)
        if worst(found) is Grade.ERROR and still and log is not None and log.exists():
            # A server has started meanwhile, and wrote to what was read as if nobody could.
            found = await self._inspected(address)
        for finding in found:
            say(finding)

    async def _inspected(self, address: Address) -> list[Finding]:
        try:
            engine = engine_at(address)
        except DriverMissingError as error:
            return [failed(CHECK, "", error, "pip install 'altmount[postgresql]'")]
        try:
            return [finding async for finding in self._findings(engine, address)]
        except ForeignDatabaseError:
            raise
        except DatabaseError as error:
            return [failed(CHECK, "", error, self._restore(address))]
        finally:
            await engine.close()

    async def _findings(self, engine: Engine, address: Address) -> AsyncIterator[Finding]:
        current = await engine.revision()
        newest = self.revisions.known[-1]
        if current is None:
            text = f"{engine.name} is empty; the start makes it what is needed"
            yield Finding(CHECK, "", Grade.NOTE, text)
            return
        try:
            pending = self.revisions.pending(current)
        except NewerDatabaseError as error:
            fix = (
                "Install the version of altmount again that made it so; or put the copy in its"
                f" place that was kept before that, from {self.backups}."
            )
            yield failed(CHECK, "", error, fix)
            return
        wrong = await faults(engine, old=pending)
        for what in wrong[:_MOST]:
            text = f"{engine.name} is damaged: {what.partition('; ')[0]}"
            yield Finding(CHECK, "", Grade.ERROR, text, self._restore(address))
        if pending:
            text = f"{engine.name} is of revision {current}, which is an old one ({newest} is new)"
            fix = "The next start brings it up to date, or `altmount db upgrade` does."
            yield Finding(CHECK, "", Grade.NOTE, text, fix)
        elif not wrong:
            self.usable = address
            text = f"{engine.name} is sound, and of revision {current}"
            yield Finding(CHECK, "", Grade.OK, text)

    def _restore(self, address: Address) -> str:
        if not isinstance(address, Path):
            return f"Restore a backup of it; those of altmount are in {self.backups}."
        return (
            f"Stop the server, and put a copy from {self.backups} in its place; or move it away and"
            " run `altmount rebuild`, which brings back all files, but no accounts and past jobs."
        )


def _far_away(path: Path) -> list[Finding]:
    """That a file of SQLite is where its locks and its memory may not be shared."""
    try:
        kind = file_system_of(path.resolve(), _MOUNTS.read_text("utf-8", "surrogateescape"))
    except (OSError, RuntimeError):
        return []
    if not is_remote(kind):
        return []
    text = f"{path} is on a file system of a network ({kind}), which SQLite is damaged on in time"
    fix = "Set database.path to a file on a disk of this machine, or use PostgreSQL (database.url)."
    return [Finding(CHECK, "", Grade.WARNING, text, fix)]


def _may_be_there(path: Path) -> bool:
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        pass  # whoever opens it says why
    return True
