"""All of WebDAV, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from time import monotonic

from altmount.library.paths import VirtualPath
from altmount.webdav.bodies import Body
from altmount.webdav.deadproperties import DeadProperties, Repository
from altmount.webdav.front import Files, Front, Limits
from altmount.webdav.locks import Locks
from altmount.webdav.receipts import Receipts
from altmount.webdav.server import PLACES, serving
from altmount.webdav.share import Library, Share
from altmount.webdav.upstream import Upstream
from altmount.webdav.writing import Changes, Queue, Sources, Writing


@asynccontextmanager
async def sharing(
    library: Library,
    changes: Changes,
    queue: Queue,
    sources: Sources,
    files: Files,
    repository: Repository,
    *,
    categories: Mapping[VirtualPath, str | None],
    limits: Limits,
) -> AsyncIterator[Callable[[str], Front]]:
    """Share a library inside the block; what is given makes the front door below a prefix.

    Args:
        library: What is shared.
        changes: How it is changed.
        queue: Where NZBs go that are put into the folder of a category.
        sources: Where the bytes of files are.
        files: What sends them.
        repository: Where the properties are kept that clients set.
        categories: The folders of the library in which NZBs are queued, and as what.
        limits: How much is taken of clients at a time.

    Raises:
        DatabaseUnavailableError: Those properties cannot be read.
    """
    receipts, locks, dead = Receipts(monotonic), Locks(), DeadProperties(repository)
    await dead.load()
    share = Share(library, receipts, categories=categories)
    writing = Writing(share, changes, queue, sources, receipts, dead)
    bodies: dict[str, Body] = {}
    async with (
        serving(writing, locks, bodies) as socket,
        Upstream.connected(socket, places=PLACES) as upstream,
    ):
        yield partial(
            Front,
            writing=writing,
            locks=locks,
            files=files,
            upstream=upstream,
            bodies=bodies,
            limits=limits,
        )
