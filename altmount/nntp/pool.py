"""A pool: all connections to one provider, and the one queue for them."""

from __future__ import annotations

import asyncio
from time import time
from types import TracebackType
from typing import Self

from altmount.aio.budget import ByteBudget
from altmount.articles import MessageId, Urgency
from altmount.errors import AltmountError
from altmount.nntp.account import Account
from altmount.nntp.commands import Command
from altmount.nntp.connection import Connection
from altmount.nntp.dial import Dial
from altmount.nntp.errors import (
    ConnectionLostError,
    RetiredError,
)
from altmount.nntp.exchange import Exchange
from altmount.nntp.lateness import Lateness
from altmount.nntp.poolstate import PoolState, QuotaState
from altmount.nntp.protocol import Answer
from altmount.nntp.provider import Provider
from altmount.nntp.queue import Queue
from altmount.nntp.shared import Shared
from altmount.nntp.status import Code, ends_session
from altmount.nntp.supply import Supply
from altmount.nntp.tally import Tally

# How long a replaced pool may take to finish what is on the wire, in seconds.
_DRAIN_SECONDS = 60.0


class Pool:
    """Hands exchanges to connections, strictly by urgency, and dials when that helps.

    Connections and dials belong to the pool, never to the caller who needed them first: one
    who leaves while a connection is being dialled leaks nothing. Every decision is made
    without waiting, at the moment something changes.
    """

    def __init__(
        self,
        provider: Provider,
        dial: Dial,
        drained: ByteBudget,
        *,
        account: Account | None = None,
        shared: Shared | None = None,
    ) -> None:
        self.provider = provider
        self.account = account or Account(provider)
        self.received = 0
        """How many bytes its connections have brought, in bytes."""

        self.lateness = Lateness()
        self._charged = 0
        self._drained = drained
        self._shared = shared or Shared()
        self._queue = Queue()
        self._closed = self._retired = False
        self._bulk = self._shared.line.join(self, asyncio.get_running_loop().time())
        self._supply = Supply(
            provider, dial, self.account, self._shared, owner=self, changed=self._dispatch
        )
        self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def start(self) -> None:
        """Begin to keep connections warm, if the settings want that."""
        self._supply.start()
        self._dispatch()

    async def close(self) -> None:
        """End every connection; whoever still waits for an answer gets an error."""
        if self._closed:
            return
        self._closed = True
        closed = ConnectionLostError("the program is shutting down")
        self._fail_queued(closed)
        try:
            await self._supply.close(closed)
        finally:
            self._shared.line.leave(self)

    def retire(self) -> None:
        """Take nothing more: what waits is told so, what is on the wire is still answered."""
        self._retired = True
        reason = RetiredError(f"the account {self.provider.label} was removed or changed")
        self._fail_queued(reason)
        self._supply.retire(reason)

    async def drain(self) -> None:
        """Wait until a retired pool has no socket any more, and close it."""
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                await self._supply.drained()
        except TimeoutError:
            pass
        finally:
            await self.close()

    @property
    def open_connections(self) -> int:
        """How many there are, those being dialled included."""
        return len(self._supply.connections)

    @property
    def unanswered(self) -> int:
        """How many answers the server owes, abandoned ones included."""
        return self._supply.connections.unanswered

    @property
    def queued(self) -> int:
        """How many exchanges wait for their turn."""
        return len(self._queue)

    @property
    def retired(self) -> bool:
        """Whether the account was taken out of the settings, or is another pool's now."""
        return self._retired

    @property
    def strain(self) -> float:
        """How busy it is: exchanges a connection, so that 1 means that one must share."""
        return (self.queued + self.unanswered) / self.provider.max_connections

    @property
    def available(self) -> bool:
        """Whether asking now has a chance: it has connections, or may dial one."""
        return self._supply.available

    @property
    def refusal(self) -> AltmountError | None:
        """Why nothing is asked of it now; ``None`` if something may be."""
        return self._supply.refusal

    @property
    def hope_until(self) -> float:
        """Until when, by the loop's clock, readers wait for it to work again; 0 if they do not."""
        return 0.0 if self._retired else self._supply.standing.hope_until

    @property
    def played_bytes(self) -> int:
        """Bytes that came for players since the program started."""
        return sum(self.tally.wire_bytes[: Urgency.PLAYBACK_LATER + 1])

    @property
    def playback_waits(self) -> bool:
        """Whether something for a player waits for its turn."""
        return any(self._queue.lengths[: Urgency.PLAYBACK_LATER + 1])

    @property
    def tally(self) -> Tally:
        """What the account has delivered."""
        return self.account.tally

    @property
    def state(self) -> PoolState:
        """How it stands now."""
        supply, connections, quota = self._supply, self._supply.connections, self.account.quota
        return PoolState(
            account=supply.account_state,
            breaker=supply.standing.breaker.state,
            dialling=connections.dialling,
            idle=connections.idle,
            busy=connections.ready - connections.idle - connections.draining,
            draining=connections.draining,
            closing=len(connections.closing),
            taken=self.account.places.taken,
            allowed=supply.allowed,
            limit=self.provider.max_connections,
            waiting=self._queue.lengths,
            unanswered=self.unanswered,
            bulk=self._bulk.flow(),
            quota=QuotaState(quota.usage(time()).used, quota.limit, quota.resets_at),
            trouble=str(supply.standing.error or ""),
        )

    async def ask(
        self, command: Command, urgency: Urgency, expected: int, *, reader: object = None
    ) -> Answer:
        """Send a command when its turn comes, and wait for the answer.

        Args:
            command: What to say.
            urgency: Its place in the queue.
            expected: How large the answer will be, in bytes, as far as is known.
            reader: Who wants it; readers of the same urgency are served in turn.

        Raises:
            AltmountError: As :meth:`carry_out`.
        """
        return await self.carry_out(self.exchange(command, urgency, expected), reader)

    def exchange(self, command: Command, urgency: Urgency, expected: int) -> Exchange:
        """An exchange for :meth:`carry_out`, which tells later whether it was sent."""
        now = self._loop.time()
        return Exchange(command, urgency, expected, self._loop.create_future(), now)

    async def carry_out(self, exchange: Exchange, reader: object = None) -> Answer:
        """Send an exchange's command when its turn comes, and wait for the answer.

        Cancelling takes it out of the queue, or leaves its answer to be dropped.

        Raises:
            RetiredError: The account was removed or changed before its turn came.
            ConnectionLostError: The connection ended before the answer, or could not be made.
            ServerBusyError: The server refuses more connections, and there is none.
            DeadlineError: The server took too long.
            ProtocolError: It broke the protocol.
            QuotaError: The account's quota is used up.
            AuthenticationError: It refused the login.
        """
        self.post(exchange, reader)
        return await self.wait(exchange)

    def post(self, exchange: Exchange, reader: object = None) -> None:
        """Send an exchange's command when its turn comes; who posted it waits, or withdraws it.

        Raises:
            AltmountError: Nothing may be asked now.
        """
        if (refusal := self.refusal) is not None:
            raise refusal
        self._queue.push(exchange, reader)
        self._dispatch()

    async def wait(self, exchange: Exchange) -> Answer:
        """The answer to an exchange that was posted; cancelling withdraws it."""
        try:
            return await exchange.answer
        except asyncio.CancelledError:
            if exchange.answer.cancelled():  # not if it was answered just as its caller left
                self._drop(exchange)
            raise

    def withdraw(self, exchange: Exchange) -> None:
        """Nobody waits for an exchange any more."""
        if exchange.answer.cancel():
            self._drop(exchange)

    def second(self, exchange: Exchange) -> Exchange:
        """An exchange that is to overtake one that is late, on another connection."""
        second = self.exchange(exchange.command, Urgency.PLAYBACK_NOW, exchange.expected)
        second.avoid = exchange.connection
        return second

    def overtake(self, exchange: Exchange, answer: Answer) -> None:
        """Give who waits for an exchange an answer that came sooner; its own is dropped."""
        if not exchange.answer.done():
            self.tally.overtaken += 1
            exchange.answer.set_result(answer)
            self._drop(exchange)

    def forgive(self) -> None:
        """Try again at once what the account was refused before; its owner asks for it."""
        self._supply.standing.forgive()
        self._dispatch()

    def make_way(self, connections: int) -> None:
        """Hang up idle connections, until so many more may be made or none is idle."""
        self._supply.make_way(connections)

    def hurry(self, message_id: MessageId, urgency: Urgency) -> None:
        """Let what is queued for an article wait no longer than ``urgency`` must."""
        if self._queue.hurry(message_id, urgency):
            self._dispatch()

    # What connections tell.

    def ready(self, connection: Connection) -> None:
        self._supply.let_in(connection)
        self._dispatch()

    def answered(self, connection: Connection, exchange: Exchange, answer: Answer) -> None:
        self.tally.answered(exchange, answer, connection.since)
        self._charge()
        if exchange.abandoned:
            self._drained.give(exchange.expected)
        now = connection.since
        took = now - exchange.sent_at
        if answer.code == Code.BODY_FOLLOWS:
            self.lateness.add(took, exchange.expected, now)
        if exchange.bulk:
            self._bulk.answered(exchange.expected, took, now)
        self._supply.answered(connection, answer, ends=ends_session(answer.code))
        self._dispatch()

    def idled(self, connection: Connection) -> None:
        self._supply.idled(connection)

    def silent(self, connection: Connection) -> None:
        self._supply.probe(connection)

    def lost(
        self, connection: Connection, error: AltmountError, unanswered: list[Exchange]
    ) -> None:
        dialled_at = self._supply.lost(connection)
        # A connection that was cut because its first answer was abandoned takes innocent
        # exchanges with it: they were not refused anything, and ask again at their old place.
        abandoned = bool(unanswered) and unanswered[0].abandoned
        if unanswered:
            self.tally.broke_off(unanswered[0], connection.arrived)
            self._charge()
        for exchange in unanswered:
            if exchange.bulk:
                self._bulk.lost(exchange.expected)
            if exchange.abandoned:
                self._drained.give(exchange.expected)
            elif abandoned and not (self._closed or self._retired):
                exchange.connection, exchange.returned = None, True
                self._queue.push_back(exchange)
            else:
                exchange.fail(error)
                self.tally.failed(error)
        if dialled_at is not None:
            self._not_connected(error, dialled_at)
        elif unanswered and not (abandoned or connection.has_answered):
            self._supply.fell_silent(error, unanswered[0].sent_at)
        self._dispatch()

    def closed(self, connection: Connection) -> None:
        self._supply.closed(connection)

    # Decisions.

    def _drop(self, exchange: Exchange) -> None:
        """Take an exchange that nobody waits for out of the queue, or off the wire."""
        if exchange.connection is None:
            self._queue.drop(exchange)
        elif exchange.connection.load:
            self._drained.add(exchange.expected)
            exchange.connection.abandon(exchange)

    def _dispatch(self) -> None:
        """Hand out what can be handed out, and dial for what is left."""
        if self._closed or self._retired:
            return
        while (exchange := self._queue.first()) is not None:
            if exchange.bulk and not self._bulk.admits(exchange.expected):
                break
            late = self.lateness.late_after(exchange.expected)
            connection = self._supply.connection_for(exchange, late)
            if connection is None:
                break
            self._queue.pop(exchange)
            now = self._loop.time()
            if exchange.bulk:
                self._bulk.sent(exchange.expected, now)
            connection.send(exchange, now)
            self._supply.sent(exchange, now)
        self._supply.meet(self._unplaced())

    def _unplaced(self) -> int:
        """How many queued exchanges connections of their own would help at once."""
        first = self._queue.first()
        if first is None:
            return 0
        room = self._bulk.room_for(first.expected)
        return min(len(self._queue), room if first.bulk else room + 1)

    def _not_connected(self, error: AltmountError, began: float) -> None:
        """A dial, a greeting or a login failed: if there is no other connection, nobody waits."""
        if self._closed or self._retired:
            return
        error = self._supply.not_connected(error, began)
        if not self.open_connections:
            self._fail_queued(error)

    def _charge(self) -> None:
        """Count what came against the account's quota."""
        self.account.quota.used += self.received - self._charged
        self._charged = self.received

    def _fail_queued(self, error: AltmountError) -> None:
        for exchange in self._queue.clear():
            exchange.fail(error)
