"""The composition root: builds everything from settings, owns it, and closes it.

It is the only module that names concrete classes of more than one package.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from time import monotonic

from aiohttp import web

from altmount.accounts import accounts_of
from altmount.aio.budget import ByteBudget
from altmount.aio.scope import TaskScope
from altmount.api.journal import JournalApi
from altmount.api.queue import QueueApi
from altmount.config.load import Loaded
from altmount.config.settings import Settings
from altmount.db.database import Database
from altmount.db.errors import ForeignDatabaseError
from altmount.db.jobs import JobRepository
from altmount.db.usage import UsageRepository
from altmount.errors import AltmountError, PermanentError
from altmount.importer.nzbstore import NzbStore
from altmount.importer.parsing import NzbParser
from altmount.importer.pipeline import Pipeline
from altmount.importer.queue import MAX_NZB_BYTES, ImportQueue
from altmount.importer.rules import Rules
from altmount.importer.verification import Verification
from altmount.importer.watch import WatchFolder
from altmount.importer.worker import Worker
from altmount.ledger import Ledger, usage_before
from altmount.library.library import Library
from altmount.library.locals import Limits
from altmount.metrics.handler import RESOURCE as METRICS_RESOURCE
from altmount.metrics.handler import PrometheusApi
from altmount.metrics.pools import PoolMetricsApi
from altmount.metrics.watch import Watch
from altmount.nntp.providers import Providers
from altmount.reader.extents import ExtentMap
from altmount.reader.mapped import MappedSource
from altmount.reader.store import ArticleStore
from altmount.reload import Reload
from altmount.streaming.handler import DOWNLOAD_RESOURCES, FileStreaming
from altmount.streaming.monitor import Streams
from altmount.web import auth, cors, errors
from altmount.web.attempts import FailedLogins
from altmount.web.credentials import Credentials
from altmount.web.probes import OPEN_RESOURCES, Probes
from altmount.web.readiness import Readiness

_SHUTDOWN_SECONDS = 2.0
"""How long running answers may go on when the program ends."""

_IMPORT_ARTICLES = 100
"""How many articles one import asks for at a time, where providers allow so many."""

_COLLECTIONS = (20_000, 20, 100)
"""Thresholds of the garbage collector: a full collection stalls every stream while it runs, and
on the byte path nothing is made that it would have to find."""

logger = logging.getLogger(__name__)


class PortError(PermanentError):
    """The port cannot be served on."""


@dataclass(frozen=True, slots=True)
class Program:
    """What runs, without its front door."""

    settings: Settings
    providers: Providers
    budget: ByteBudget
    store: ArticleStore
    library: Library
    jobs: JobRepository
    queue: ImportQueue
    worker: Worker
    verification: Verification
    streams: Streams
    watch: Watch
    reload: Reload


@dataclass(frozen=True, slots=True)
class Served:
    """What runs, and where its front door is."""

    program: Program
    port: int


@asynccontextmanager
async def running(
    settings: Settings, read: Callable[[], Loaded] | None = None
) -> AsyncIterator[Program]:
    """Everything but the web: the library, its articles, and the queue of imports.

    ``read`` reads the settings again when that is asked for; without it they never change.

    Raises:
        DatabaseError: The database is not to be used as it is.
        DatabaseUnavailableError: It cannot be opened now, or another process has it.
        SidecarUnavailableError: The folder of the sidecars cannot be used.
        InvalidRequestError: A provider's login cannot be sent.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings))
        budget = ByteBudget(settings.streaming.cache_bytes)
        accounts = accounts_of(settings.providers)
        usages = UsageRepository(database)
        providers = await stack.enter_async_context(
            Providers(budget, usage=await usage_before(usages))
        )
        providers.apply(accounts)
        await stack.enter_async_context(Ledger(usages, providers))
        reload = Reload(read or (lambda: Loaded(settings, ())), settings, providers)
        store = await stack.enter_async_context(ArticleStore(providers, budget))

        def open_source(extents: ExtentMap) -> MappedSource:
            return MappedSource(store, extents, most_ahead=settings.streaming.max_prefetch)

        root = settings.metadata.root_path
        rules = rules_of(settings)
        library = await Library.open(
            database,
            root,
            open_source,
            protected=rules.roots,
            limits=Limits(settings.webdav.local_file_bytes, settings.webdav.local_files_bytes),
            undo=timedelta(days=settings.library.undo_days),
        )
        jobs = JobRepository(database)
        nzbs = NzbStore(root)
        queue = ImportQueue(jobs, nzbs, tuple(rules.categories))
        parser = await stack.enter_async_context(NzbParser(easily=lambda: store.readers > 0))
        places = sum(account.max_connections for account in accounts)
        at_once = min(max(places, 1), _IMPORT_ARTICLES)
        inferred = asyncio.Event()
        pipeline = Pipeline(
            nzbs,
            parser,
            store,
            library,
            open_source,
            rules,
            at_once=at_once,
            inferred=inferred.set,
        )
        verification = Verification(nzbs, jobs, pipeline, library, inferred)
        worker = Worker(jobs, queue, pipeline.run, at_once=settings.importing.max_processor_workers)
        streams = Streams()
        watch = Watch(lambda: providers.pools, store, budget, streams, jobs)
        await stack.enter_async_context(watch)
        yield Program(
            settings,
            providers,
            budget,
            store,
            library,
            jobs,
            queue,
            worker,
            verification,
            streams,
            watch,
            reload,
        )


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """The database of the settings, in a folder that is made if need be.

    Who comes from the ancestor has its database at that path. It is left as it is, and ours
    lies beside it.
    """
    path = settings.database.path
    path.parent.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        try:
            database = await stack.enter_async_context(Database.open(path))
        except ForeignDatabaseError:
            ours = path.with_name(f"{path.stem}-index{path.suffix}")
            logger.warning("%s is of another program and is left alone; using %s", path, ours)
            database = await stack.enter_async_context(Database.open(ours))
        yield database


def make_app(program: Program, readiness: Readiness) -> web.Application:
    """The web's side of a program."""
    settings = program.settings
    credentials = Credentials(
        settings.webdav.user,
        settings.webdav.password.get_secret_value(),
        settings.api.key_override.get_secret_value() or None,
        settings.auth.login_required,
    )
    probes = Probes(readiness)
    open_metrics = {METRICS_RESOURCE} if settings.metrics.open else frozenset()
    door = auth.middleware(
        credentials,
        FailedLogins(monotonic),
        open_resources=OPEN_RESOURCES | open_metrics,
        download_resources=DOWNLOAD_RESOURCES,
    )
    origins = settings.api.allowed_origins
    app = web.Application(
        middlewares=[errors.middleware, cors.middleware(origins), probes.middleware, door]
    )
    app.on_response_prepare.append(partial(cors.mark, allowed_origins=origins))
    app.add_routes(probes.routes)
    app.add_routes(FileStreaming(program.library, program.streams).routes)
    app.add_routes(PrometheusApi(program.watch).routes)
    app.add_routes(PoolMetricsApi(settings.api.prefix, program.watch).routes)
    queue = QueueApi(settings.api.prefix, program.queue, program.jobs, max_nzb_bytes=MAX_NZB_BYTES)
    app.add_routes(queue.routes)
    app.add_routes(JournalApi(settings.api.prefix, program.library.changes).routes)
    return app


def make_runner(app: web.Application) -> web.AppRunner:
    """What serves an app: the one place that says how.

    A client that goes away cancels its handler, which is how a read is interrupted; aiohttp
    does not do that unless it is told to.
    """
    return web.AppRunner(
        app,
        handler_cancellation=True,
        access_log=None,
        shutdown_timeout=_SHUTDOWN_SECONDS,
        handle_signals=False,
    )


async def serve(settings: Settings, read: Callable[[], Loaded]) -> int:
    """Serve until SIGINT or SIGTERM, and ``read`` the settings again on SIGHUP; the exit code."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with serving(settings, read) as served, TaskScope() as scope:
        reload = served.program.reload
        loop.add_signal_handler(
            signal.SIGHUP, lambda: scope.start(_read_again(reload), name="reload")
        )
        host = settings.webdav.host or "127.0.0.1"
        base = host if "://" in host else f"http://{host}:{served.port}"
        logger.info("serving on port %d; files are below %s/files", served.port, base)
        await stopped.wait()
        logger.info("ending")
    return 0


@asynccontextmanager
async def serving(
    settings: Settings, read: Callable[[], Loaded] | None = None
) -> AsyncIterator[Served]:
    """Serve inside the block; ``read`` is as for :func:`running`.

    Raises:
        PortError: The port is taken, or not ours to take.
        AltmountError: As :func:`running`.
    """
    async with AsyncExitStack() as stack:
        program = await stack.enter_async_context(running(settings, read))
        readiness = Readiness()
        runner = make_runner(make_app(program, readiness))
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        port = settings.webdav.port
        try:
            site = web.TCPSite(runner, None, port, backlog=1024)
            await site.start()
        except OSError as error:
            raise PortError(
                f"port {port} cannot be served on: {error.strerror}; set webdav.port to another"
            ) from None
        scope = await stack.enter_async_context(TaskScope())
        scope.start(_imports(program), name="imports")
        scope.start(program.library.sweep.run(), name="sweep")
        # What was made so far stays for good, so that collections need not look at it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_COLLECTIONS)
        readiness.be_ready()
        yield Served(program, runner.addresses[0][1])


async def _read_again(reload: Reload) -> None:
    """Read the settings again for someone who is told of it by the log alone."""
    try:
        await reload.run()
    except AltmountError as error:
        logger.error("the settings stay as they were: %s", error)  # noqa: TRY400 it says it all


async def _imports(program: Program) -> None:
    """Run imports, and see to the watch folder. Streams go on if that fails."""
    importing = program.settings.importing
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(program.worker.run())
            group.create_task(program.verification.run())
            if importing.watch_dir is not None:
                folder = WatchFolder(
                    importing.watch_dir,
                    program.queue.add,
                    rules_of(program.settings).categories,
                    seconds=importing.watch_interval_seconds,
                )
                group.create_task(folder.run())
    except Exception:
        logger.exception("imports have stopped until the next start; what is queued stays queued")


def rules_of(settings: Settings) -> Rules:
    """What the user wants of imports."""
    importing = settings.importing
    return Rules(
        allowed_extensions=frozenset(importing.allowed_file_extensions),
        filter_samples=importing.filter_sample_files,
        rename_to_nzb_name=importing.rename_to_nzb_name,
        passwords=tuple(one.get_secret_value() for one in importing.passwords),
        nested_archives=importing.allow_nested_rar_extraction,
        expand_discs=importing.expand_bluray_iso,
        sample_percent=importing.segment_sample_percentage,
        tolerant=importing.damage_policy == "tolerant",
        complete_dir=settings.sabnzbd.complete_dir,
        categories={one.name: one.folder for one in settings.sabnzbd.categories},
    )
