"""A server of our own for a moment, in a folder of its own, where none runs."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import altmount
from altmount import app
from altmount.config.api import ApiSettings
from altmount.config.database import DatabaseSettings
from altmount.config.log import LogSettings
from altmount.config.metadata import MetadataSettings
from altmount.config.providers import Providers, ProviderSettings
from altmount.config.sabnzbd import SabnzbdSettings
from altmount.config.settings import Settings
from altmount.config.streaming import StreamingSettings
from altmount.config.webdav import WebdavSettings
from altmount.doctor.aside import aside
from altmount.doctor.canary import Canary
from altmount.doctor.client import Login
from altmount.doctor.finding import Finding, Grade, Say
from altmount.jobs import OPEN, JobStatus
from altmount.library.shelf import folder_in, path_in
from altmount.newsserver.nzb import nzb_of
from altmount.newsserver.posting import Envelope
from altmount.newsserver.server import NewsServer

CHECK = "canary"
SECONDS = 120.0

_FILM = Path(altmount.__file__).parent / "demo" / "film.mp4"
_ARTICLE_BYTES = 100_000
_CONNECTIONS = 4
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Trial:
    """Serves one release and reads it, as a player would.

    Args:
        providers: Where its articles are.
        streaming: How it is read.
        sidecar: Of the release; a film of our own on a news server of our own if there is none.
    """

    providers: Providers
    streaming: StreamingSettings
    sidecar: Path | None

    async def look(self, say: Say) -> None:
        """Say whether all from the import to the player works on this machine."""
        try:
            temporary = tempfile.TemporaryDirectory(prefix="altmount-doctor-")
        except OSError as error:
            text = f"there is no room to try anything in: {error}"
            say(Finding(CHECK, "", Grade.ERROR, text, "Name a folder that is, with TMPDIR."))
            return
        with temporary as folder:
            if self.sidecar is None:
                await self._film_of_ours(Path(folder), say)
            else:
                await self._release(Path(folder), self.sidecar, say)

    async def _film_of_ours(self, folder: Path, say: Say) -> None:
        async with NewsServer() as news:
            posting = news.spool.post_file(_FILM, Envelope(article_size=_ARTICLE_BYTES))
            account = ProviderSettings(
                id="doctor", host="127.0.0.1", port=news.port, max_connections=_CONNECTIONS
            )
            async with self._serving(folder, (account,)) as (served, login):
                queue, jobs = served.program.queue, served.program.jobs
                job = await queue.add(nzb_of(posting).encode(), "Canary.nzb", None)
                while job.status in OPEN:
                    await asyncio.sleep(_LOOK_SECONDS)
                    job = await jobs.get(job.id)
                if job.status is not JobStatus.COMPLETED:
                    text = f"a film of our own cannot be imported: {job.message}"
                    fix = (
                        "That is a mistake in altmount, or this machine lacks something: report it."
                    )
                    say(Finding(CHECK, "", Grade.ERROR, text, fix))
                    return
                where = "a library of its own"
                await Canary(served.port, login, where, _FILM.read_bytes()).look(say)

    async def _release(self, folder: Path, sidecar: Path, say: Say) -> None:
        copy = path_in(folder_in(folder / "metadata"), sidecar.stem)
        await aside(lambda: _copied(sidecar, copy), name="copy")
        accounts = tuple(_modest(one) for one in self.providers)
        async with self._serving(folder, accounts) as (served, login):
            await Canary(served.port, login, "a copy of one release").look(say)

    @asynccontextmanager
    async def _serving(
        self, folder: Path, providers: Providers
    ) -> AsyncIterator[tuple[app.Served, Login]]:
        """A server that shares nothing with one that may be started meanwhile."""
        login = Login("doctor", secrets.token_urlsafe())
        webdav = {"port": _free_port(), "user": login.user, "password": login.password}
        settings = Settings(
            webdav=WebdavSettings.model_validate(webdav),
            api=ApiSettings(),
            providers=providers,
            metadata=MetadataSettings(root_path=folder / "metadata"),
            database=DatabaseSettings(path=folder / "altmount.db"),
            streaming=self.streaming,
            sabnzbd=SabnzbdSettings(),
            log=LogSettings(file=None),
        )
        async with app.serving(settings) as served:
            yield served, login


def _free_port() -> int:
    """One that is free now. The server takes its port for IPv4 and IPv6, which 0 does not do."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _modest(provider: ProviderSettings) -> ProviderSettings:
    most = min(provider.max_connections, _CONNECTIONS)
    return provider.model_copy(update={"max_connections": most, "min_connections": 0})


def _copied(sidecar: Path, copy: Path) -> None:
    copy.parent.mkdir(parents=True)
    shutil.copyfile(sidecar, copy)
