"""All checks of an installation, in the order in which one explains the next."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from altmount.config.settings import Settings
from altmount.db.address import PostgresAddress
from altmount.doctor import configuration, openfiles, ports, server
from altmount.doctor.client import Login
from altmount.doctor.configuration import Configuration
from altmount.doctor.examination import Check, Examination
from altmount.doctor.finding import Finding, Grade
from altmount.doctor.folders import Place, check_of
from altmount.doctor.ports import Ports
from altmount.doctor.server import Server
from altmount.errors import AltmountError
from altmount.program import database_of


@dataclass(frozen=True, slots=True)
class Rounds:
    """Looks at everything.

    Args:
        path: The file of the settings.
        environ: The environment that goes on top of it.
        examination: Makes the checks.
    """

    path: Path
    environ: Mapping[str, str] = field(repr=False)
    examination: Examination

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
        yield await make(*(check_of(place) for place in places_of(settings)))
        webdav = settings.webdav
        login = Login(webdav.user, webdav.password.get_secret_value())
        running = Server(webdav.port, settings.api.prefix, login)
        yield await make(Check(server.CHECK, "", server.SECONDS, running.look))
        serving = Ports(webdav.port, webdav.own_port, running.runs)
        yield await make(Check(ports.CHECK, "", ports.SECONDS, serving.look))
        connections = sum(one.max_connections for one in settings.providers if one.enabled)
        yield [_open_files(connections)]


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


def _open_files(connections: int) -> Finding:
    return openfiles.judged(openfiles.own_limit(), connections)
