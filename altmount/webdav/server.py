"""wsgidav on cheroot, on a socket that nobody else can reach."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from cheroot.wsgi import Server
from wsgidav.request_resolver import RequestResolver
from wsgidav.wsgidav_app import WsgiDAVApp

from altmount.aio.scope import TaskScope
from altmount.aio.uninterrupted import uninterrupted
from altmount.webdav.bodies import Body
from altmount.webdav.bridge import Bridge
from altmount.webdav.locks import Locks
from altmount.webdav.middleware import Errors, Identity
from altmount.webdav.provider import Provider
from altmount.webdav.writing import Writing

PLACES = 8
"""Requests that are worked on at once; as many threads."""

_log = logging.getLogger(__name__)


def make_wsgi(
    writing: Writing, bridge: Bridge, locks: Locks, bodies: Mapping[str, Body]
) -> WsgiDAVApp:
    """The WSGI application."""
    # What it reports is told to the client as well, and logged there if it is worth it.
    logging.getLogger("wsgidav").setLevel(logging.CRITICAL)
    return WsgiDAVApp(
        {
            "provider_mapping": {"/": Provider(writing, bridge, bodies)},
            "middleware_stack": [Identity, Errors, RequestResolver],
            "lock_storage": locks,
            "property_manager": None,
            "hotfixes": {"re_encode_path_info": False},
            "logging": {"enable": False},
            "suppress_version_info": True,
            "verbose": 1,
        }
    )


class _Server(Server):
    """Says what goes wrong in our log, and not on the console."""

    def clear_stats(self) -> None:
        super().clear_stats()  # type: ignore[no-untyped-call] # cheroot has no types here
        # Cheroot hangs its counts up in the module logging, which would keep the server and all
        # that it leads to for good.
        logging.statistics.pop(f"Cheroot HTTPServer {id(self)}", None)  # type: ignore[attr-defined] # cheroot's own

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        _log.log(level, "%s", msg, exc_info=traceback)


@asynccontextmanager
async def serving(
    writing: Writing, locks: Locks, bodies: Mapping[str, Body]
) -> AsyncIterator[Path]:
    """Serve inside the block, on the Unix socket whose path is given.

    Work that was begun is finished before the block is left.
    """
    async with TaskScope() as scope:
        wsgi = make_wsgi(writing, Bridge(scope), locks, bodies)
        with TemporaryDirectory(prefix="altmount-") as folder:  # which only its owner may enter
            path = Path(folder, "webdav")
            server = _Server(
                str(path), wsgi, numthreads=PLACES, max=PLACES, shutdown_timeout=5, timeout=60
            )
            server.expiration_interval = 5.0  # how often it wakes up for nothing
            server.prepare()
            thread = threading.Thread(target=server.serve, name="webdav", daemon=True)
            thread.start()
            try:
                yield path
            finally:
                loop = asyncio.get_running_loop()
                await uninterrupted(loop.run_in_executor(None, _end, server, thread, path))


def _end(server: Server, thread: threading.Thread, path: Path) -> None:
    """Stop the server; blocks until it has stopped."""
    stopping = threading.Thread(target=server.stop, name="webdav ending")
    stopping.start()
    while stopping.is_alive():
        with suppress(OSError), socket.socket(socket.AF_UNIX) as touch:
            touch.connect(str(path))  # it looks whether it is to stop when something happens
        stopping.join(0.01)
    thread.join()
