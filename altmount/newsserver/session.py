"""One connection: takes commands in, and sends answers when they are due."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, cast

from altmount.newsserver.answer import Answer, sliced, split
from altmount.newsserver.bucket import Bucket
from altmount.newsserver.commands import Command, CommandReader
from altmount.newsserver.conversation import Conversation
from altmount.newsserver.knobs import FaultKind
from altmount.newsserver.site import Site
from altmount.newsserver.yenc import Piece

_log = logging.getLogger(__name__)

_MOST_QUEUED = 256
"""Commands that may wait for their turn; a client that sends more is not heard for a while."""

Start = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class Session(asyncio.Protocol):
    """One connection with a client.

    Answers are made one by one, and none while the client has not taken the one before, so a
    connection never holds more than one article, however much was asked for.
    """

    def __init__(self, site: Site, start: Start, open_sessions: set[Session]) -> None:
        self._site = site
        self._start = start
        self._open_sessions = open_sessions
        self._reader = CommandReader()
        self._conversation = Conversation(site)
        self._queue: deque[tuple[Command, float]] = deque()
        self._heard = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._gone = asyncio.Event()
        self._line = Bucket(0)
        self._loop = asyncio.get_running_loop()

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._open_sessions.add(self)
        counters, cap = self._site.counters, self._site.knobs.connection_cap
        self._refused = bool(cap) and counters.now.connections >= cap
        if self._refused:
            counters.refused()
        else:
            counters.connected()
        self._life = self._start(self._live(self._loop.time()))

    def data_received(self, data: bytes) -> None:
        if self._refused or self._transport.is_closing():
            return
        now = self._loop.time()
        for command in self._reader.feed(data):
            self._site.counters.arrived(command.kind, command.message_id)
            self._queue.append((command, now))
        if self._queue:
            self._heard.set()
        if len(self._queue) > _MOST_QUEUED:
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, _error: Exception | None) -> None:
        self._open_sessions.discard(self)
        for command, _ in self._queue:
            self._site.counters.answered(command.kind)
        self._queue.clear()
        if not self._refused:
            self._site.counters.disconnected()
        self._life.cancel()
        self._gone.set()

    async def abort(self) -> None:
        """Cut the connection, and wait until it is."""
        self._transport.abort()
        await self._gone.wait()

    # What goes on in between

    async def _live(self, since: float) -> None:
        try:
            if self._refused:
                await self._deliver(self._conversation.refusal(), since)
            elif not await self._deliver(self._conversation.greeting(), since):
                await self._converse()
        except Exception:
            _log.exception("a connection failed")
            raise
        finally:
            self._transport.close()

    async def _converse(self) -> None:
        answers, closes = 0, False
        while not closes:
            try:
                command, arrived = await self._next()
            except TimeoutError:
                return  # idle for too long: hang up without a word, as servers do
            try:
                closes = await self._deliver(self._conversation.answer(command), arrived)
            finally:
                self._site.counters.answered(command.kind)
            answers += 1
            closes = closes or answers == self._site.knobs.close_after

    async def _next(self) -> tuple[Command, float]:
        while not self._queue:
            self._heard.clear()
            async with asyncio.timeout(self._site.knobs.idle_timeout or None):
                await self._heard.wait()
        command = self._queue.popleft()
        if len(self._queue) == _MOST_QUEUED // 2 and not self._transport.is_closing():
            self._transport.resume_reading()
        return command

    async def _deliver(self, answer: Answer, arrived: float) -> bool:
        """Send an answer when it is due; whether the connection ends with it."""
        if answer.silent:
            await self._for_ever()
        await self._sleep(arrived + self._site.latency() + answer.late - self._loop.time())
        for gate in answer.gates:
            await self._pass(gate)
        if answer.breaks is None:
            await self._send(answer.pieces)
        else:
            before, after = split(answer.pieces, answer.breaks.at)
            await self._send(before)
            if answer.breaks.kind is FaultKind.RESET:
                self._transport.abort()
            if answer.breaks.kind is not FaultKind.STALL:
                return True
            await self._stall(answer.breaks.seconds)
            await self._send(after)
        if answer.has_body:
            self._site.counters.body_sent()
        return answer.closes

    async def _send(self, pieces: Iterable[Piece]) -> None:
        """Send bytes no faster than the lines allow; done when the client has taken most."""
        rate = self._site.knobs.connection_rate
        if rate != self._line.rate:
            self._line = Bucket(rate)
        lines = [line for line in (self._line, self._site.line) if line.rate]
        if not lines:
            pieces = list(pieces)
            self._transport.writelines(pieces)
            self._site.counters.sent(sum(map(len, pieces)))
            await self._writable.wait()
            return
        for piece in sliced(pieces, min(line.slice for line in lines)):
            now = self._loop.time()
            await self._sleep(max(line.reserve(len(piece), now) for line in lines))
            self._transport.write(piece)
            self._site.counters.sent(len(piece))
            await self._writable.wait()

    async def _pass(self, gate: str) -> None:
        self._site.counters.held(1)
        try:
            await self._site.gates.passed(gate)
        finally:
            self._site.counters.held(-1)

    async def _stall(self, seconds: float) -> None:
        self._site.counters.stalled(1)
        try:
            await (self._sleep(seconds) if seconds else self._for_ever())
        finally:
            self._site.counters.stalled(-1)

    async def _sleep(self, seconds: float) -> None:
        if seconds > 0:
            await asyncio.sleep(seconds)

    async def _for_ever(self) -> None:
        await self._loop.create_future()  # until the connection is lost, which cancels us
