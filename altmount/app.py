"""The composition root: a program with its front doors, served until someone ends it.

With :mod:`altmount.program` it is what names concrete classes of more than one package.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from altmount.aio import heap
from altmount.aio.periodic import Periodic
from altmount.aio.scope import TaskScope
from altmount.api.documentation import DocumentationApi
from altmount.apitable import api_of, events_of, imports, speed_tests
from altmount.auth.caller import Access
from altmount.config.file import SettingsFile
from altmount.config.settings import Settings
from altmount.db.properties import PropertyRepository
from altmount.downloader import downloader
from altmount.entrance import entrance
from altmount.errors import AltmountError, PermanentError
from altmount.importer.queue import MAX_NZB_BYTES
from altmount.importer.watch import WatchFolder
from altmount.metrics.handler import RESOURCE as METRICS_RESOURCE
from altmount.metrics.handler import PrometheusApi
from altmount.program import Program, running
from altmount.reload import Reload
from altmount.sabnzbd.handler import RESOURCES as SABNZBD_RESOURCES
from altmount.streaming.handler import DOWNLOAD_RESOURCES, FileStreaming
from altmount.web.permits import READING, Permits
from altmount.web.probes import OPEN_RESOURCES
from altmount.web.readiness import Readiness
from altmount.web.route import said_of
from altmount.webdav.facade import sharing
from altmount.webdav.front import METHODS, Limits
from altmount.webdav.front import RESOURCES as WEBDAV_RESOURCES

_SHUTDOWN_SECONDS = 2.0
"""How long running answers may go on when the program ends."""

_COLLECTIONS = (20_000, 20, 100)
"""Thresholds of the garbage collector: a full collection stalls every stream while it runs, and
on the byte path nothing is made that it would have to find."""

logger = logging.getLogger(__name__)


class PortError(PermanentError):
    """The port cannot be served on."""


@dataclass(frozen=True, slots=True)
class Doors:
    """The web's side, by port."""

    common: web.Application
    """Everything."""

    own: web.Application
    """WebDAV alone."""

    permits: Permits
    """Who may ask for what, on both."""


@dataclass(frozen=True, slots=True)
class Served:
    """What runs, and where its front doors are."""

    program: Program
    port: int
    own_port: int | None
    """Of WebDAV alone, if it has one."""


@asynccontextmanager
async def doors(program: Program, readiness: Readiness) -> AsyncIterator[Doors]:
    """The web's side of a program.

    Raises:
        DatabaseUnavailableError: What WebDAV keeps cannot be read.
    """
    settings = program.settings
    files = FileStreaming(program.library, program.streams)
    rules = program.rules
    async with (
        entrance(program, readiness, permits_of(settings)) as way_in,
        speed_tests(program) as providers,
        imports(program) as importing,
        sharing(
            program.library,
            program.library.changes,
            program.queue,
            program.library,
            files,
            PropertyRepository(program.database),
            categories={rules.root(name): name for name in (None, *rules.categories)},
            limits=Limits(MAX_NZB_BYTES, settings.webdav.local_file_bytes),
        ) as front,
    ):
        events = events_of(program)

        async def close_events(_app: web.Application) -> None:
            events.close()

        common, own = way_in.port(settings.reverse_proxy.base_path), way_in.port()
        common.add_routes(files.routes)
        common.add_routes(PrometheusApi(program.watch).routes)
        common.add_routes(downloader(program, way_in.gate).routes)
        table = [*files.api, *providers.routes, *importing.routes, *api_of(program, way_in, events)]
        table += DocumentationApi(settings.api.prefix, lambda: table).routes
        common.add_routes(table)
        way_in.permits.say(said_of(table))
        for prefix in common.prefixes("/webdav"):
            common.app.add_routes(front(prefix).routes)
        own.add_routes(front("").routes)
        common.app.on_shutdown.append(close_events)
        yield Doors(common.app, own.app, way_in.permits)


def permits_of(settings: Settings) -> dict[str, Access]:
    """Who may ask for what, where it is not as :class:`Permits` has it."""
    metrics = Access.OPEN if settings.metrics.open else Access.READ
    share = {
        f"{method} {resource}": Access.SHARE if method in READING else Access.SHARE_CHANGE
        for method in METHODS
        for resource in WEBDAV_RESOURCES
    }
    return {
        **dict.fromkeys(OPEN_RESOURCES, Access.OPEN),
        **dict.fromkeys(SABNZBD_RESOURCES, Access.OWN),
        **dict.fromkeys(DOWNLOAD_RESOURCES, Access.FILES),
        **share,
        METRICS_RESOURCE: metrics,
    }


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


async def serve(settings: Settings, file: SettingsFile) -> int:
    """Serve until SIGINT or SIGTERM, and read the ``file`` again on SIGHUP; the exit code.

    What is asked for by a signal during the start is done after it.
    """
    loop = asyncio.get_running_loop()
    stopped, changed = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    loop.add_signal_handler(signal.SIGHUP, changed.set)  # else it would end the program
    async with serving(settings, file) as served, TaskScope() as scope:
        scope.start(_reloads(served.program.reload, changed), name="reloads")
        host = settings.webdav.host or "127.0.0.1"
        base = host if "://" in host else f"http://{host}:{served.port}"
        logger.info("serving on port %d; files are below %s/files and /webdav", served.port, base)
        await stopped.wait()
        logger.info("ending")
    return 0


@asynccontextmanager
async def serving(settings: Settings, file: SettingsFile | None = None) -> AsyncIterator[Served]:
    """Serve inside the block; ``file`` is as for :func:`running`.

    Raises:
        PortError: The port is taken, or not ours to take.
        AltmountError: As :func:`running`.
    """
    async with AsyncExitStack() as stack:
        program = await stack.enter_async_context(running(settings, file))
        readiness = Readiness()
        apps = await stack.enter_async_context(doors(program, readiness))
        port = await _listen(stack, apps.common, settings.webdav.port, "webdav.port")
        own_port = None
        if settings.webdav.own_port:
            own_port = await _listen(stack, apps.own, settings.webdav.own_port, "webdav.own_port")
        scope = await stack.enter_async_context(TaskScope())
        scope.start(_imports(program), name="imports")
        scope.start(program.library.sweep.run(), name="sweep")
        if program.keeper is not None:
            scope.start(program.keeper.run(), name="links")
        scope.start(program.library.findings.run(), name="findings of reads")
        # What was made so far stays for good, so that collections need not look at it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_COLLECTIONS)
        await stack.enter_async_context(Periodic(heap.SECONDS, heap.trimmer()))
        readiness.be_ready()
        yield Served(program, port, own_port)


async def _listen(stack: AsyncExitStack, app: web.Application, port: int, key: str) -> int:
    """Serve an app until the stack is left; the port that it is served on."""
    runner = make_runner(app)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, None, port, backlog=1024).start()
    except OSError as error:
        raise PortError(
            f"port {port} cannot be served on: {error.strerror}; set {key} to another"
        ) from None
    return int(runner.addresses[0][1])


async def _reloads(reload: Reload, changed: asyncio.Event) -> None:
    """Read the settings again each time, for someone who is told of it by the log alone."""
    while True:
        await changed.wait()
        changed.clear()
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
            group.create_task(program.retention.run())
            group.create_task(program.grabber.run())
            if importing.watch_dir is not None:
                folder = WatchFolder(
                    importing.watch_dir,
                    program.queue.add,
                    program.rules.categories,
                    seconds=importing.watch_interval_seconds,
                )
                group.create_task(folder.run())
    except Exception:
        logger.exception("imports have stopped until the next start; what is queued stays queued")
