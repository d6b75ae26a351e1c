"""What runs behind the doors: built from settings, owned and closed here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from altmount.accounts import accounts_of
from altmount.aio.budget import ByteBudget
from altmount.config.file import SettingsFile
from altmount.config.settings import Settings
from altmount.db.address import Address, address_of
from altmount.db.checking import is_foreign
from altmount.db.database import Database
from altmount.db.errors import DatabaseInUseError
from altmount.db.jobs import JobRepository
from altmount.db.queue import QueueRepository
from altmount.db.urls import UrlRepository
from altmount.db.usage import UsageRepository
from altmount.fetch.downloader import Downloader
from altmount.fetch.fetch import Bounds, fetch
from altmount.fetch.hosts import PrivateHosts
from altmount.importer.categories import Categories, Category
from altmount.importer.duplicates import Policy
from altmount.importer.fallback import Fallback
from altmount.importer.grabbing import Grabber
from altmount.importer.nzbstore import NzbStore
from altmount.importer.parsing import NzbParser
from altmount.importer.pipeline import Pipeline
from altmount.importer.queue import MAX_NZB_BYTES, ImportQueue
from altmount.importer.rclonesecrets import Secret
from altmount.importer.refusals import Refusal
from altmount.importer.retention import Retention
from altmount.importer.rules import Discs, DiscView, Rules
from altmount.importer.running import Running
from altmount.importer.steering import Steering
from altmount.importer.urls import UrlQueue
from altmount.importer.verification import Verification
from altmount.importer.worker import Worker
from altmount.jobs import Job, JobStatus, Priority
from altmount.ledger import Ledger, usage_before
from altmount.library.library import Library
from altmount.library.locals import Limits
from altmount.linkage import keeper_of, linking, wants_links
from altmount.links.keeper import Keeper
from altmount.logs.lines import RecentLines, keeping_lines
from altmount.logs.recent import RecentWarnings, keeping_warnings
from altmount.metrics.watch import Watch
from altmount.nntp.providers import Providers
from altmount.reader.extents import ExtentMap
from altmount.reader.mapped import MappedSource
from altmount.reader.store import ArticleStore
from altmount.reload import Reload
from altmount.streaming.monitor import Streams

_IMPORT_ARTICLES = 100
"""How many articles one import asks for at a time, where providers allow so many."""

_URL_SECONDS = 60.0
"""How long fetching an NZB may take at most."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Program:
    """What runs, without its front door."""

    settings: Settings
    rules: Rules
    providers: Providers
    budget: ByteBudget
    store: ArticleStore
    database: Database
    library: Library
    jobs: JobRepository
    parser: NzbParser
    nzbs: NzbStore
    queue: ImportQueue
    urls: UrlQueue
    grabber: Grabber
    imports: Running
    steering: Steering
    worker: Worker
    retention: Retention
    verification: Verification
    streams: Streams
    watch: Watch
    reload: Reload
    keeper: Keeper | None
    """Of links, if there are any, or are to be."""
    warnings: RecentWarnings
    lines: RecentLines
    """Of the log."""


@asynccontextmanager
async def running(settings: Settings, file: SettingsFile | None = None) -> AsyncIterator[Program]:
    """Everything but the web: the library, its articles, and the queue of imports.

    ``file`` is read again, or changed, when that is asked for; without it settings never change.

    Raises:
        DatabaseError: The database is not to be used as it is.
        DatabaseUnavailableError: It cannot be opened now, or another process has it.
        SidecarUnavailableError: The folder of the sidecars cannot be used.
        InvalidRequestError: A provider's login cannot be sent.
    """
    async with AsyncExitStack() as stack:
        warnings = stack.enter_context(keeping_warnings())
        lines = stack.enter_context(keeping_lines(settings.log.file))
        database = await stack.enter_async_context(open_database(settings))
        budget = ByteBudget(settings.streaming.cache_bytes)
        accounts = accounts_of(settings.providers)
        usages = UsageRepository(database)
        providers = await stack.enter_async_context(
            Providers(budget, usage=await usage_before(usages))
        )
        providers.apply(accounts)
        await stack.enter_async_context(Ledger(usages, providers))
        reload = Reload(file, settings, providers)
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
            completes=settings.importing.import_strategy == "NONE",
        )
        jobs = JobRepository(database)
        nzbs = NzbStore(root)
        categories = categories_of(settings)
        changes, imports = QueueRepository(database), Running()
        duplicates = Policy(settings.importing.duplicates)
        queue = ImportQueue(
            jobs,
            changes,
            nzbs,
            imports,
            withdraw=library.withdraw,
            categories=categories,
            duplicates=duplicates,
        )
        steering = Steering(
            changes, queue, imports, withdraw=library.withdraw, categories=categories
        )
        waiting = UrlRepository(database)
        urls = UrlQueue(jobs, waiting, changes, nzbs, queue, categories, duplicates)
        get = partial(fetch, bounds=url_bounds(settings))
        grabber = Grabber(jobs, waiting, urls, changes, get, max_bytes=MAX_NZB_BYTES)
        queue.listen(grabber.wake)
        parser = await stack.enter_async_context(NzbParser(easily=lambda: store.readers > 0))
        places = sum(account.max_connections for account in accounts)
        at_once = min(max(places, 1), _IMPORT_ARTICLES)
        inferred = asyncio.Event()
        keeper = await keeper_of(settings, database, library)
        pipeline = Pipeline(
            nzbs,
            parser,
            store,
            library,
            open_source,
            rules,
            at_once=at_once,
            inferred=inferred.set,
            finish=linking(keeper, jobs) if keeper and wants_links(settings) else None,
            tell=imports.tell,
        )
        reload.listen(lambda now: pipeline.follow(rules_of(now)))
        verification = Verification(nzbs, jobs, pipeline, library.corrections, inferred)
        worker = Worker(
            jobs,
            queue,
            imports,
            pipeline.run,
            withdraw=library.withdraw,
            hand_on=handing_on(settings, nzbs),
            at_once=imports_at_once(settings),
        )
        streams = Streams()
        watch = Watch(lambda: providers.pools, providers.flow, store, budget, streams, jobs)
        await stack.enter_async_context(watch)
        yield Program(
            settings,
            rules,
            providers,
            budget,
            store,
            database,
            library,
            jobs,
            parser,
            nzbs,
            queue,
            urls,
            grabber,
            imports,
            steering,
            worker,
            Retention(jobs, nzbs, library, lasts_of(settings)),
            verification,
            streams,
            watch,
            reload,
            keeper,
            warnings,
            lines,
        )


@asynccontextmanager
async def open_database(settings: Settings, *, backup: bool = True) -> AsyncIterator[Database]:
    """The database of the settings, in a folder that is made if need be.

    If it is old it is migrated, and unless ``backup`` is false copied first.

    Who comes from the ancestor has its database at that path. It is left as it is, and ours
    lies beside it.
    """
    backups = backups_of(settings) if backup else None
    async with Database.open(await own_database(settings), backups=backups) as database:
        yield database


@asynccontextmanager
async def database_beside(settings: Settings) -> AsyncIterator[Database]:
    """The database, beside a server that has it; see :meth:`Database.beside`."""
    async with AsyncExitStack() as stack:
        try:
            database = await stack.enter_async_context(open_database(settings))
        except DatabaseInUseError:
            beside = Database.beside(await own_database(settings))
            database = await stack.enter_async_context(beside)
        yield database


async def own_database(settings: Settings) -> Address:
    """Where the database is: where the settings say, or beside another program's that lies there.

    Raises:
        InvalidRequestError: The settings do not say.
        NotADatabaseError: It is damaged, or something else.
        DatabaseUnavailableError: It cannot be read now.
    """
    address = database_of(settings)
    if not isinstance(address, Path) or not await is_foreign(address):
        return address
    ours = beside_another(address)
    logger.warning("%s is of another program and is left alone; using %s", address, ours)
    return ours


def database_of(settings: Settings) -> Address:
    """Where the database is.

    Raises:
        InvalidRequestError: The settings do not say.
    """
    database = settings.database
    url, dsn = database.url.get_secret_value(), database.dsn.get_secret_value()
    return address_of(url, database.type, dsn, database.path)


def beside_another(path: Path) -> Path:
    """Where the database is if another program's is at the path that the settings name."""
    return path.with_name(f"{path.stem}-index{path.suffix}")


def backups_of(settings: Settings) -> Path:
    """The folder that the database is copied to before it is migrated."""
    return settings.database.path.parent / "backups"


def rules_of(settings: Settings) -> Rules:
    """What the user wants of imports."""
    importing = settings.importing
    return Rules(
        allowed_extensions=frozenset(importing.allowed_file_extensions),
        filter_samples=importing.filter_sample_files,
        rename_to_nzb_name=importing.rename_to_nzb_name,
        passwords=tuple(one.get_secret_value() for one in importing.passwords),
        rclone=Secret(
            settings.rclone.password.get_secret_value(), settings.rclone.salt.get_secret_value()
        ),
        nested_archives=importing.allow_nested_rar_extraction,
        discs=Discs(
            DiscView(importing.disc_view) if importing.expand_bluray_iso else DiscView.IMAGE,
            importing.iso_analyze_timeout_seconds,
        ),
        sample_percent=importing.segment_sample_percentage,
        tolerant=importing.damage_policy == "tolerant",
        complete_dir=settings.sabnzbd.complete_dir,
        categories={one.name: one.folder for one in settings.sabnzbd.categories},
    )


def url_bounds(settings: Settings) -> Bounds:
    """What fetching an NZB that a client named by its URL may cost, and where it may lead."""
    private = PrivateHosts(settings.sabnzbd.private_hosts)
    return Bounds(MAX_NZB_BYTES, _URL_SECONDS, private, "sabnzbd.private_hosts")


def categories_of(settings: Settings) -> Categories:
    """The categories of the settings, in their order."""
    configured = sorted(settings.sabnzbd.categories, key=lambda one: one.order)
    return Categories(
        [Category(one.name, one.folder, Priority(one.priority)) for one in configured]
    )


def handing_on(
    settings: Settings, nzbs: NzbStore
) -> Callable[[Job, Refusal], Awaitable[Refusal]] | None:
    """What hands on that cannot be played from here; None if nobody takes it."""
    base, key = settings.sabnzbd.fallback_host, settings.sabnzbd.fallback_api_key
    if not base or not key.get_secret_value():
        return None
    return Fallback(nzbs, Downloader(base, key.get_secret_value())).hand_on


def imports_at_once(settings: Settings) -> int:
    """How many imports run at a time."""
    workers = settings.importing.max_processor_workers
    most = settings.importing.max_concurrent_imports
    return min(workers, most) if most > 0 else workers


def lasts_of(settings: Settings) -> dict[JobStatus, timedelta]:
    """How long jobs are remembered once they have ended so; for ever where none is said."""
    importing = settings.importing
    lasts = {
        JobStatus.FAILED: timedelta(hours=importing.failed_item_retention_hours),
        JobStatus.COMPLETED: timedelta(days=importing.history_retention_days),
    }
    return {status: time for status, time in lasts.items() if time > timedelta()}
