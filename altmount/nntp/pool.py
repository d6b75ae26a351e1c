"""A pool: all connections to one provider, and the one queue for them."""

from __future__ import annotations

import asyncio
import random
from types import TracebackType
from typing import Self

from altmount.aio.budget import ByteBudget
from altmount.aio.scope import TaskScope
from altmount.articles import MessageId, Urgency
from altmount.errors import AltmountError
from altmount.nntp.capacity import Capacity
from altmount.nntp.commands import Command
from altmount.nntp.connection import Connection
from altmount.nntp.dial import Dial
from altmount.nntp.errors import AuthenticationError, ConnectionLostError, ServerBusyError
from altmount.nntp.exchange import Exchange
from altmount.nntp.line import Line
from altmount.nntp.poolstate import PoolState
from altmount.nntp.protocol import Answer
from altmount.nntp.provider import Provider
from altmount.nntp.queue import Queue
from altmount.nntp.tally import Tally

# An abandoned answer may take as long as a new connection would, within these bounds, in seconds.
_SHORTEST_GRACE, _LONGEST_GRACE = 0.01, 1.0
# How long to wait after dials that failed in a row, in seconds: twice as long each time.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
# A refused login is not worth another try for so long, in seconds.
_LOGIN_PAUSE = 30.0
# One in so many connections is kept for articles that a player waits for.
_RESERVED_SHARE = 8
# How much bulk is in flight until more is known to be worth it, in bytes: four usual articles.
_FIRST_BULK = 3_200_000
# So long after the last article for a player, in seconds, those connections are kept open.
_SPARE_SECONDS = 10.0


class Pool:
    """Hands exchanges to connections, strictly by urgency, and dials when that helps.

    Connections and dials belong to the pool, never to the caller who needed them first: one
    who leaves while a connection is being dialled leaks nothing. Every decision is made
    without waiting, at the moment something changes.
    """

    def __init__(
        self, provider: Provider, dial: Dial, drained: ByteBudget, line: Line | None = None
    ) -> None:
        self.provider = provider
        self.tally = Tally()
        self.received = 0
        """How many bytes its connections have brought, in bytes."""

        self._dial = dial
        self._drained = drained
        self._queue = Queue()
        self._capacity = Capacity(provider.max_connections)
        self._connections: list[Connection] = []
        self._dial_seconds = _SHORTEST_GRACE
        self._failures = 0
        self._paused_until = 0.0
        self._last_error: AltmountError | None = None
        self._played_at = -_SPARE_SECONDS
        self._pause: asyncio.TimerHandle | None = None
        self._scope = TaskScope()
        self._loop = asyncio.get_running_loop()
        self._line = line or Line()
        self._bulk = self._line.join(self, _FIRST_BULK, self._loop.time())
        self._closed = False
        self._dialled_at: dict[Connection, float] = {}

    async def __aenter__(self) -> Self:
        await self._scope.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End every connection; whoever still waits for an answer gets an error."""
        self._closed = True
        if self._pause is not None:
            self._pause.cancel()
        closed = ConnectionLostError("the program is shutting down")
        for connection in list(self._connections):
            if connection.load:
                connection.cut(closed)
            else:
                connection.hang_up()
        self._fail_queued(closed)
        self._line.leave(self)
        await self._scope.__aexit__(exc_type, exc, traceback)

    @property
    def open_connections(self) -> int:
        """How many there are, those being dialled included."""
        return len(self._connections)

    @property
    def unanswered(self) -> int:
        """How many answers the server owes, abandoned ones included."""
        return sum(connection.load for connection in self._connections)

    @property
    def queued(self) -> int:
        """How many exchanges wait for their turn."""
        return len(self._queue)

    @property
    def state(self) -> PoolState:
        """How it stands now."""
        connections = [one for one in self._connections if one not in self._dialled_at]
        draining = sum(1 for one in connections if one.draining)
        idle = sum(1 for one in connections if not one.load)
        return PoolState(
            dialling=len(self._dialled_at),
            idle=idle,
            busy=len(connections) - idle - draining,
            draining=draining,
            allowed=self._capacity.allowed(self._loop.time()),
            limit=self._capacity.limit,
            waiting=self._queue.lengths,
            unanswered=self.unanswered,
            bulk=self._bulk.flow(),
            trouble=str(self._last_error or ""),
        )

    @property
    def strain(self) -> float:
        """How busy it is: exchanges a connection, so that 1 means that one must share."""
        return (self.queued + self.unanswered) / self._capacity.limit

    @property
    def available(self) -> bool:
        """Whether asking now has a chance: it has connections, or may dial one."""
        return (
            any(connection.usable for connection in self._connections)
            or self._loop.time() >= self._paused_until
        )

    async def ask(
        self, command: Command, urgency: Urgency, expected: int, *, reader: object = None
    ) -> Answer:
        """Send a command when its turn comes, and wait for the answer.

        Cancelling takes it out of the queue, or leaves its answer to be dropped.

        Args:
            command: What to say.
            urgency: Its place in the queue.
            expected: How large the answer will be, in bytes, as far as is known.
            reader: Who wants it; readers of the same urgency are served in turn.

        Raises:
            ConnectionLostError: The connection ended before the answer, or could not be made.
            ServerBusyError: The server refuses more connections, and there is none.
            DeadlineError: The server took too long.
            ProtocolError: It broke the protocol.
            AuthenticationError: It refused the login.
        """
        if self._closed:
            raise ConnectionLostError("the program is shutting down")
        if isinstance(self._last_error, AuthenticationError) and not self.available:
            raise self._last_error
        answer = self._loop.create_future()
        exchange = Exchange(command, urgency, expected, answer, self._loop.time())
        self._queue.push(exchange, reader)
        self._dispatch()
        try:
            return await exchange.answer
        except asyncio.CancelledError:
            self._abandon(exchange)
            raise

    def hurry(self, message_id: MessageId, urgency: Urgency) -> None:
        """Let what is queued for an article wait no longer than ``urgency`` must."""
        self._queue.hurry(message_id, urgency)
        self._dispatch()

    # What connections tell.

    def ready(self, connection: Connection) -> None:
        self._last_error = None
        self.tally.connect()
        took = self._loop.time() - self._dialled_at.pop(connection)
        self._dial_seconds = min(_LONGEST_GRACE, max(_SHORTEST_GRACE, took))
        self._failures = 0
        self._dispatch()

    def answered(self, connection: Connection, exchange: Exchange, answer: Answer) -> None:
        self.tally.answered(exchange, answer, connection.since)
        if exchange.abandoned:
            self._drained.give(exchange.expected)
        if exchange.bulk:
            now = connection.since
            self._bulk.answered(exchange.expected, now - exchange.sent_at, now)
        self._dispatch()

    def lost(
        self, connection: Connection, error: AltmountError, unanswered: list[Exchange]
    ) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
        # A connection that was cut because its first answer was abandoned takes innocent
        # exchanges with it: they were not refused anything, and ask again at their old place.
        abandoned = bool(unanswered) and unanswered[0].abandoned
        if unanswered:
            self.tally.broke_off(unanswered[0], connection.arrived)
        for exchange in unanswered:
            if exchange.bulk:
                self._bulk.lost(exchange.expected)
            if exchange.abandoned:
                self._drained.give(exchange.expected)
            elif abandoned and not self._closed:
                exchange.connection = None
                self._queue.push_back(exchange)
            else:
                exchange.fail(error)
                self.tally.failed(error)
        if self._dialled_at.pop(connection, None) is not None:
            self._not_connected(error)
        self._dispatch()

    # Decisions.

    def _abandon(self, exchange: Exchange) -> None:
        if not exchange.answer.cancelled():
            return  # it was answered, or failed, just as its caller left
        if exchange.connection is None:
            self._queue.drop()
        elif exchange.connection.load:
            self._drained.add(exchange.expected)
            exchange.connection.abandon(exchange)

    def _dispatch(self) -> None:
        """Hand out what can be handed out, and dial for what is left."""
        if self._closed:
            return
        while (exchange := self._queue.first()) is not None:
            if exchange.bulk and not self._bulk.admits(exchange.expected):
                break
            connection = self._connection_for(exchange.urgency)
            if connection is None:
                break
            self._queue.pop(exchange)
            now = self._loop.time()
            if exchange.bulk:
                self._bulk.sent(exchange.expected, now)
            connection.send(exchange, now)
            if exchange.urgency <= Urgency.PLAYBACK_AHEAD:
                self._played_at = now
        self._dial_for_the_rest()

    def _connection_for(self, urgency: Urgency) -> Connection | None:
        """The connection that answers soonest, if one may take an exchange of this urgency."""
        idle: list[Connection] = []
        busy: list[Connection] = []
        for connection in self._connections:
            if connection.load:
                busy.append(connection)
            elif connection.usable:
                idle.append(connection)
        now = self._loop.time()
        allowed = self._capacity.allowed(now)
        if urgency is not Urgency.PLAYBACK_NOW:
            allowed -= allowed // _RESERVED_SHARE
        if idle and len(busy) < allowed:
            return max(idle, key=lambda connection: connection.since)  # the warmest
        if len(busy) < allowed and now >= self._paused_until:
            return None  # a connection of its own is better than a shared one, and comes
        depth = self.provider.depth
        shared = [other for other in busy if other.usable and other.load < depth]
        return min(shared, key=lambda connection: connection.outstanding, default=None)

    def _dial_for_the_rest(self) -> None:
        """Dial for what waits, and while something plays for a few spare ones too."""
        now = self._loop.time()
        waiting = self._unplaced()
        if now < self._paused_until:
            if waiting and not self._connections:
                self._wake_at(self._paused_until)
            return
        allowed = self._capacity.allowed(now)
        wanted = waiting
        if now - self._played_at < _SPARE_SECONDS:
            wanted += allowed // _RESERVED_SHARE
        spare = sum(1 for connection in self._connections if not connection.load)
        for _ in range(min(wanted - spare, allowed - len(self._connections))):
            connection = Connection(
                self, self.provider.patience, self.provider.credentials, self._dial_seconds
            )
            self._connections.append(connection)
            self._dialled_at[connection] = now
            self.tally.dial()
            self._scope.start(self._connect(connection), name=f"dial {self.provider.name}")

    def _unplaced(self) -> int:
        """How many queued exchanges connections of their own would help at once."""
        first = self._queue.first()
        if first is None:
            return 0
        room = self._bulk.room_for(first.expected)
        return min(len(self._queue), room if first.bulk else room + 1)

    async def _connect(self, connection: Connection) -> None:
        try:
            await self._dial(lambda: connection)
        except AltmountError as error:
            connection.cut(error)
        except asyncio.CancelledError:
            connection.cut(ConnectionLostError("the program is shutting down"))
            raise

    def _not_connected(self, error: AltmountError) -> None:
        """Learn from a dial, a greeting or a login that failed."""
        now = self._loop.time()
        self.tally.failed(error)
        if isinstance(error, ServerBusyError):
            self._capacity.refused(len(self._connections), now)
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**self._failures)
        self._failures = min(self._failures + 1, 16)
        if isinstance(error, AuthenticationError):
            pause = _LOGIN_PAUSE
        self._last_error = error
        self._paused_until = now + pause * random.uniform(0.5, 1.5)  # noqa: S311
        if not self._connections:
            self._fail_queued(error)

    def _fail_queued(self, error: AltmountError) -> None:
        for exchange in self._queue.clear():
            exchange.fail(error)

    def _wake_at(self, when: float) -> None:
        if self._pause is None:
            self._pause = self._loop.call_at(when, self._wake)

    def _wake(self) -> None:
        self._pause = None
        self._dispatch()
