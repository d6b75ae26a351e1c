"""The table of all that the API can be asked for, made of a running program."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from altmount.accountlist import AccountList
from altmount.api.accountlist import AccountListApi
from altmount.api.auth import AuthApi
from altmount.api.config import ConfigApi
from altmount.api.events import EventsApi
from altmount.api.export import ExportApi
from altmount.api.fileinfo import FileInfoApi
from altmount.api.imports import ImportsApi
from altmount.api.journal import JournalApi
from altmount.api.links import LinksApi
from altmount.api.lognews import LogNews
from altmount.api.logs import LogsApi
from altmount.api.manyjobs import ManyJobsApi
from altmount.api.nzbsource import FETCH_SECONDS, NzbSource
from altmount.api.nzbsource import MAX_NZB_BYTES as NZB_BYTES
from altmount.api.outcomes import OutcomesApi
from altmount.api.providers import ProvidersApi
from altmount.api.queue import QueueApi
from altmount.api.queuenews import QueueNews
from altmount.api.regeneration import RegenerationApi
from altmount.api.reload import ReloadApi
from altmount.api.speedtest import SpeedTests
from altmount.api.steering import SteeringApi
from altmount.api.user import UserApi
from altmount.api.users import UsersApi
from altmount.db.speedtests import SpeedTestRepository
from altmount.db.statistics import StatisticsRepository
from altmount.directory import SettingsDirectory
from altmount.entrance import Entrance
from altmount.fetch.fetch import Bounds
from altmount.fetch.hosts import PrivateHosts
from altmount.importer.localfiles import LocalFiles
from altmount.importer.queue import MAX_NZB_BYTES
from altmount.importer.scan import Scan
from altmount.linkage import wants_links
from altmount.metrics.pools import PoolMetricsApi, standing
from altmount.metrics.system import SystemApi
from altmount.program import Program
from altmount.streaming.activity import StreamNews, StreamsApi
from altmount.web.attempts import FailedLogins
from altmount.web.eventstream import EventStreams, Topic
from altmount.web.route import Route
from altmount.web.tries import Tries


def api_of(program: Program, way_in: Entrance, events: EventStreams) -> Iterator[Route]:
    """The table of the API, but for accounts of providers."""
    prefix = program.settings.api.prefix
    library = program.library
    queue, jobs, steering = program.queue, program.jobs, program.steering
    for api in (
        *accounts_api(prefix, way_in),
        FileInfoApi(prefix, library),
        ExportApi(prefix, library, program.nzbs),
        LinksApi(prefix, library, way_in.signer),
        RegenerationApi(prefix, program.keeper if wants_links(program.settings) else None),
        PoolMetricsApi(prefix, program.watch),
        SystemApi(prefix, program.watch, library),
        LogsApi(prefix, program.lines),
        StreamsApi(prefix, program.streams),
        QueueApi(prefix, queue, jobs, program.imports.progress, max_nzb_bytes=MAX_NZB_BYTES),
        SteeringApi(prefix, jobs, steering),
        ManyJobsApi(prefix, jobs, queue, steering),
        OutcomesApi(prefix, jobs, StatisticsRepository(program.database)),
        ReloadApi(prefix, program.reload),
        ConfigApi(prefix, program.reload),
        AccountListApi(prefix, AccountList(program.reload, program.providers)),
        JournalApi(prefix, library.changes),
        EventsApi(prefix, events),
    ):
        yield from api.routes


def accounts_api(prefix: str, way_in: Entrance) -> tuple[AuthApi, UserApi, UsersApi]:
    """What makes, changes and lets in accounts."""
    accounts, keyring, gate = way_in.accounts, way_in.keyring, way_in.gate
    tries = Tries(FailedLogins(monotonic))
    return (
        AuthApi(prefix, accounts, keyring, gate, tries),
        UserApi(prefix, accounts, keyring, gate, tries),
        UsersApi(prefix, accounts),
    )


@asynccontextmanager
async def speed_tests(program: Program) -> AsyncIterator[ProvidersApi]:
    """What lists, checks and measures accounts."""
    settings = program.settings
    wanted = settings.speed_test
    directory = SettingsDirectory(lambda: program.reload.settings)
    private = PrivateHosts(wanted.private_hosts)
    bounds = Bounds(NZB_BYTES, FETCH_SECONDS, private, "speed_test.private_hosts")
    nzbs = NzbSource(wanted.nzb, program.parser, bounds)
    history = SpeedTestRepository(program.database)

    def state_of(provider_id: str) -> dict[str, Any]:
        pool = program.providers.pool(provider_id)
        return {} if pool is None else dict(standing(pool.state))

    async with SpeedTests(
        program.providers,
        directory.find,
        nzbs,
        history,
        program.store,
        memory_bytes=settings.streaming.cache_bytes,
        seconds=wanted.seconds,
    ) as tests:
        yield ProvidersApi(
            settings.api.prefix,
            directory,
            tests,
            nzbs,
            history,
            open_client=lambda provider: program.providers.beside(provider, 1),
            state_of=state_of,
        )


def events_of(program: Program) -> EventStreams:
    """What there is news of."""
    topics: dict[str, Topic] = {
        "queue": QueueNews(program.jobs, program.imports.progress),
        "streams": StreamNews(program.streams),
        "logs": LogNews(program.lines),
    }
    return EventStreams(topics)


@asynccontextmanager
async def imports(program: Program) -> AsyncIterator[ImportsApi]:
    """What hands in NZBs that lie on the server's disk."""
    settings, categories = program.settings, program.rules.categories
    folders = [Path(folder) for folder in settings.sabnzbd.local_folders]
    if settings.importing.watch_dir is not None:
        folders.append(settings.importing.watch_dir)
    files = LocalFiles(folders, max_bytes=MAX_NZB_BYTES)
    async with Scan(files, program.queue, categories) as scan:
        prefix = settings.api.prefix
        yield ImportsApi(prefix, program.queue, program.jobs, files, scan, categories)
