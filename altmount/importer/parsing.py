"""NZBs parsed outside of the process that streams.

Parsing is Python at work for as long as a second, and a busy Python thread stalls every
stream beside it. So it happens in a process of its own, which can also be bounded in
processor time and memory, and be killed.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import altmount
from altmount.aio.scope import TaskScope
from altmount.aio.uninterrupted import uninterrupted
from altmount.importer import parserprocess as wire
from altmount.importer.refusals import Reason, Refusal
from altmount.nzb.model import Nzb, PostedFile

_BUFFER_BYTES = 1024 * 1024
_OWN_SETTINGS = "ALTMOUNT_"
"""How names of environment variables begin that may hold passwords, which the parser lacks."""


class NzbParser:
    """Parses one NZB after the other in a process of its own.

    ``async with`` starts that process, without waiting for it, and ends it. One that died,
    took too long, or whose answer is not wanted any more is replaced.

    Args:
        seconds: How long one NZB may take.
        easily: Whether to take it at an easy pace, for the sake of streams; asked for each.
    """

    def __init__(self, seconds: float = 60.0, *, easily: Callable[[], bool] = lambda: True) -> None:
        self._seconds = seconds
        self._easily = easily
        self._turn = asyncio.Lock()
        self._scope = TaskScope()
        self._process: asyncio.Task[Process] | None = None

    async def __aenter__(self) -> Self:
        self._process = self._scope.start(_spawn(), name="start the NZB parser")
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process is not None  # noqa: S101 -- entered before it is left
        last = self._scope.start(_end(self._process), name="end the NZB parser")
        await uninterrupted(last)

    async def parse(self, path: Path) -> Nzb:
        """Read and parse an NZB file, gzipped or not.

        Cancelling it ends the process; a new one is started.

        Raises:
            Refusal: It is not an NZB, or too expensive to parse.
        """
        async with self._turn:
            process = await self._ready()
            answered = False
            try:
                async with asyncio.timeout(self._seconds):
                    nzb = await _ask(process, wire.request(path, easily=self._easily()))
                answered = True
            except Refusal:
                answered = True
                raise
            except (TimeoutError, EOFError, ConnectionError):
                raise _too_expensive() from None
            finally:
                if not answered:
                    self._replace()
        return nzb

    async def _ready(self) -> Process:
        starting = self._process
        assert starting is not None  # noqa: S101 -- parsing happens inside the block
        if starting.done() and (starting.exception() or starting.result().returncode is not None):
            starting = self._replace()
        return await asyncio.shield(starting)

    def _replace(self) -> asyncio.Task[Process]:
        assert self._process is not None  # noqa: S101 -- it is what is replaced
        replaced = self._process
        if replaced.done() and not replaced.exception():
            _kill(replaced.result())  # now, not when the task below has its turn

        async def replace() -> Process:
            await _end(replaced)
            return await _spawn()

        self._process = self._scope.start(replace(), name="replace the NZB parser")
        return self._process


async def _spawn() -> Process:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(_OWN_SETTINGS)
    }
    environment["PYTHONPATH"] = str(Path(altmount.__file__).parents[1])
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        wire.__name__,
        stdin=PIPE,
        stdout=PIPE,
        limit=_BUFFER_BYTES,
        env=environment,
    )


async def _end(starting: asyncio.Task[Process]) -> None:
    await asyncio.wait([starting])
    if starting.exception() is None:
        process = starting.result()
        _kill(process)
        await process.communicate()  # reads what is left, so that its pipes close too


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()


async def _ask(process: Process, request: bytes) -> Nzb:
    stdin, stdout = process.stdin, process.stdout
    assert stdin is not None  # noqa: S101 -- it was started so
    assert stdout is not None  # noqa: S101 -- it was started so
    stdin.write(request)
    await stdin.drain()
    files: list[PostedFile] = []
    while True:
        kind, length = wire.HEAD.unpack(await stdout.readexactly(wire.HEAD.size))
        # The process is ours, and so is the pipe.
        content: Any = pickle.loads(await stdout.readexactly(length))  # noqa: S301
        if kind == wire.METAS:
            return Nzb(tuple(files), content)
        if kind == wire.ERROR:
            raise _refusal(*content)
        files += content
        await asyncio.sleep(0)  # what is buffered comes without a wait; let others in between


def _refusal(code: str, message: str) -> Exception:
    if code == Reason.TOO_EXPENSIVE:
        return _too_expensive()
    if code == Reason.INTERNAL:
        return RuntimeError("the NZB parser failed; its traceback is above")
    return Refusal(Reason(code), message)


def _too_expensive() -> Refusal:
    return Refusal(
        Reason.TOO_EXPENSIVE,
        "reading this NZB took more time or memory than any sound one needs; "
        "get it from another indexer",
    )
