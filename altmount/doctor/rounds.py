"""All checks of an installation, in the order in which one explains the next."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from altmount.config.settings import Settings
from altmount.db.address import Address, PostgresAddress
from altmount.db.database import Database
from altmount.db.files import Files
from altmount.doctor import (
    canary,
    clock,
    configuration,
    database,
    journal,
    openfiles,
    ports,
    server,
    sidecars,
    trial,
)
from altmount.doctor.accounts import AccountChecks
from altmount.doctor.aside import aside
from altmount.doctor.canary import Canary
from altmount.doctor.client import Login
from altmount.doctor.configuration import Configuration
from altmount.doctor.database import DatabaseLook
from altmount.doctor.examination import Check, Examination
from altmount.doctor.finding import Finding, Grade, Say
from altmount.doctor.folders import Place, check_of, user_check
from altmount.doctor.holder import holder_of
from altmount.doctor.journal import JournalLook
from altmount.doctor.ports import Ports
from altmount.doctor.server import Server
from altmount.doctor.sidecars import Sidecars
from altmount.doctor.trial import Trial
from altmount.errors import AltmountError
from altmount.program import backups_of, database_of

_LOCK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Rounds:
    """Looks at everything.

    Args:
        path: The file of the settings.
        environ: The environment that goes on top of it.
        examination: Makes the checks.
        download: Whether articles may be fetched, which count against quotas.
    """

    path: Path
    environ: Mapping[str, str] = field(repr=False)
    examination: Examination
    download: bool = True

    async def findings(self) -> AsyncIterator[Sequence[Finding]]:
        """What is found, some at a time, as soon as it is.

        Nothing is changed that anybody would notice, and no lock is taken.
        """
        make = self.examination.make
        read = Configuration(self.path, self.environ)
        subject = str(self.path.absolute())
        slow = "The disk of the file does not answer; put the file elsewhere."
        yield await make(
            Check(configuration.CHECK, subject, configuration.SECONDS, read.look, slow)
        )
        settings = read.settings
        if settings is None:
            yield [_open_files(0)]
            text = "everything else is looked at once the settings can be used"
            yield [Finding("all", "", Grade.SKIPPED, text)]
            return
        root = settings.metadata.root_path
        places = map(check_of, places_of(settings))
        yield await make(*places, user_check(root))
        index = DatabaseLook(lambda: database_of(settings), backups_of(settings))
        yield await make(Check(database.CHECK, "", database.SECONDS, index.look))
        releases, changes = Sidecars(root, _releases(index.usable)), JournalLook(root / "journal")
        yield await make(
            Check(sidecars.CHECK, "", sidecars.SECONDS, releases.look),
            Check(journal.CHECK, "", journal.SECONDS, changes.look),
        )
        webdav = settings.webdav
        login = Login(webdav.user, webdav.password.get_secret_value())
        holder = await self._holder(index.address)
        key = settings.api.key_override.get_secret_value()
        running = Server(webdav.port, settings.api.prefix, login, key, holder)
        yield await make(Check(server.CHECK, "", server.SECONDS, running.look))
        serving = Ports(webdav.port, webdav.own_port, running.runs)
        yield await make(Check(ports.CHECK, "", ports.SECONDS, serving.look))
        connections = sum(one.max_connections for one in settings.providers if one.enabled)
        yield [_open_files(connections, holder if running.runs else None)]
        accounts = AccountChecks(settings, releases.sample, running)
        for some in accounts.tries():
            yield await make(*some)
        yield [clock.judged(accounts.clocks)]
        if self.download:
            for check in accounts.measurements():  # one at a time: they share the line
                yield await make(check)
            yield await make(_canary(settings, running, accounts, releases.newest))

    async def _holder(self, address: Address | None) -> int | None:
        """Which process has the database, where that can be seen."""
        if not isinstance(address, Path) or not address.name:
            return None
        lock = address.with_name(f"{address.name}.lock")
        try:
            async with asyncio.timeout(_LOCK_SECONDS):
                return await aside(lambda: holder_of(lock), name="lock")
        except TimeoutError:
            return None


def _canary(
    settings: Settings, running: Server, accounts: AccountChecks, newest: Path | None
) -> Check:
    """The check of a file, through the server that runs or one of our own."""
    if running.runs:
        return Check(canary.CHECK, "", canary.SECONDS, partial(_canary_of, running))
    sidecar = newest if accounts.working else None
    trial_of_it = Trial(accounts.working, settings.streaming, sidecar)
    return Check(trial.CHECK, "", trial.SECONDS, trial_of_it.look)


async def _canary_of(running: Server, say: Say) -> None:
    if running.lets_in:
        await Canary(running.port, running.login).look(say)
        return
    text = "a server runs that could not be asked for a file"
    say(Finding(canary.CHECK, "", Grade.SKIPPED, text))


def _releases(address: Address | None) -> Callable[[], Awaitable[set[str]]] | None:
    """What gives the releases of a database, if it can be used."""
    if address is None:
        return None

    async def releases() -> set[str]:
        async with Database.look(address) as reading:
            return await Files(reading).releases()

    return releases


def places_of(settings: Settings) -> Iterator[Place]:
    """The folders that the settings name."""
    yield Place("metadata.root_path", settings.metadata.root_path, files=("journal", "secret"))
    try:
        remote = isinstance(database_of(settings), PostgresAddress)
    except AltmountError:
        remote = False  # what is wrong is told where the database is looked at
    path = settings.database.path
    files = (
        () if remote else (path.name, *(f"{path.name}{end}" for end in ("-wal", "-shm", ".lock")))
    )
    yield Place("database.path", path.parent, files=files)
    if settings.log.file is not None:
        yield Place("log.file", settings.log.file.parent, files=(settings.log.file.name,))
    importing = settings.importing
    if importing.watch_dir is not None:
        yield Place("import.watch_dir", importing.watch_dir)
    if importing.import_dir is not None and importing.import_strategy != "NONE":
        yield Place("import.import_dir", importing.import_dir, made=False)


def _open_files(connections: int, process: int | None = None) -> Finding:
    limit = openfiles.limit_of(process) if process is not None else None
    return openfiles.judged(limit or openfiles.own_limit(), connections)
