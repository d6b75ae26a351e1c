from __future__ import annotations

import asyncio
import gc
import socket
import stat
import threading
import weakref

from altmount.webdav.locks import Locks
from altmount.webdav.receipts import Receipts
from altmount.webdav.server import serving
from altmount.webdav.share import Share
from altmount.webdav.writing import Writing
from tests.support.davlibrary import DavLibrary


def writing_of(library):
    receipts = Receipts(lambda: 0.0)
    return Writing(Share(library, receipts, categories={}), library, None, library, receipts, None)


def ask(path):
    with socket.socket(socket.AF_UNIX) as plug:
        plug.connect(str(path))
        plug.sendall(b"OPTIONS /a/b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return plug.recv(1 << 16)


async def test_nothing_is_left_of_a_server_that_has_ended():
    library = DavLibrary()
    gone = weakref.ref(library)
    async with serving(writing_of(library), Locks(), {}):
        pass
    del library
    gc.collect()
    assert gone() is None


async def test_nobody_else_can_reach_the_socket_and_it_goes_with_the_server():
    before = set(threading.enumerate())
    async with serving(writing_of(DavLibrary()), Locks(), {}) as path:
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert (await asyncio.to_thread(ask, path)).startswith(b"HTTP/1.1 404 ")
    assert not path.parent.exists()
    left = set(threading.enumerate()) - before
    assert [
        thread.name for thread in left if not thread.name.startswith(("asyncio_", "uvloop_"))
    ] == []
