"""A pool: all connections to one provider, and the one queue for them."""

from __future__ import annotations

import asyncio
from time import time
from types import TracebackType
from typing import Self

from altmount.aio.budget import ByteBudget
from altmount.aio.scope import TaskScope
from altmount.articles import MessageId, Urgency
from altmount.errors import AltmountError
from altmount.nntp.account import Account
from altmount.nntp.commands import Command, Verb
from altmount.nntp.connection import Connection
from altmount.nntp.dial import Dial
from altmount.nntp.errors import (
    AuthenticationError,
    ConnectionLostError,
    QuotaError,
    RetiredError,
    ServerBusyError,
)
from altmount.nntp.exchange import Exchange
from altmount.nntp.lateness import Lateness
from altmount.nntp.poolstate import AccountState, PoolState, QuotaState
from altmount.nntp.protocol import Answer
from altmount.nntp.provider import Provider
from altmount.nntp.queue import Queue
from altmount.nntp.shared import Shared
from altmount.nntp.standing import Standing
from altmount.nntp.status import Code, ends_session
from altmount.nntp.tally import Tally

# An abandoned answer may take as long as a new connection would, within these bounds, in seconds.
_SHORTEST_GRACE, _LONGEST_GRACE = 0.01, 1.0
# One in so many connections is kept for articles that a player waits for.
_RESERVED_SHARE = 8
# How much bulk is in flight until more is known to be worth it, in bytes: four usual articles.
_FIRST_BULK = 3_200_000
# So long after the last article for a player, in seconds, those connections are kept open.
_SPARE_SECONDS = 10.0
# How long a replaced pool may take to finish what is on the wire, in seconds.
_DRAIN_SECONDS = 60.0

_PROBE_BYTES = 40


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
        self._dial = dial
        self._drained = drained
        self._shared = shared or Shared()
        self._queue = Queue()
        self._places = self.account.places
        self._connections: list[Connection] = []
        self._closing: dict[Connection, bool] = {}
        self._dial_seconds = _SHORTEST_GRACE
        self._standing = Standing(provider.id, provider.patience.outage, self._shared.network)
        self._played_at = -_SPARE_SECONDS
        self._alarm: asyncio.TimerHandle | None = None
        self._scope = TaskScope()
        self._loop = asyncio.get_running_loop()
        self._bulk = self._shared.line.join(self, _FIRST_BULK, self._loop.time())
        self._closed = False
        self._retired = False
        self._drained_out = asyncio.Event()
        self._dialled_at: dict[Connection, float] = {}
        self._ready_at: dict[Connection, float] = {}

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
        self._places.when_free(self._dispatch)
        self._shared.network.when_changed(self._network_changed)
        self._dispatch()

    async def close(self) -> None:
        """End every connection; whoever still waits for an answer gets an error."""
        if self._closed:
            return
        self._closed = True
        self._places.forget(self._dispatch)
        self._shared.network.forget(self._network_changed)
        if self._alarm is not None:
            self._alarm.cancel()
        closed = ConnectionLostError("the program is shutting down")
        for connection in list(self._connections):
            if connection.load:
                connection.cut(closed)
            else:
                connection.hang_up(wait=False)
        for connection in list(self._closing):
            connection.cut(closed)
        self._fail_queued(closed)
        self._shared.line.leave(self)
        await self._scope.__aexit__(None, None, None)

    def retire(self) -> None:
        """Take nothing more: what waits is told so, what is on the wire is still answered."""
        self._retired = True
        retired = RetiredError(f"the account {self.provider.label} was removed or changed")
        self._fail_queued(retired)
        for connection in list(self._connections):
            if connection in self._dialled_at:
                connection.cut(retired)
            else:
                connection.retire()
        if not (self._connections or self._closing):
            self._drained_out.set()

    async def drain(self) -> None:
        """Wait until a retired pool has no socket any more, and close it."""
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                await self._drained_out.wait()
        except TimeoutError:
            pass
        finally:
            await self.close()

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
    def retired(self) -> bool:
        """Whether the account was taken out of the settings, or is another pool's now."""
        return self._retired

    @property
    def strain(self) -> float:
        """How busy it is: exchanges a connection, so that 1 means that one must share."""
        return (self.queued + self.unanswered) / self._places.capacity.limit

    @property
    def available(self) -> bool:
        """Whether asking now has a chance: it has connections, or may dial one."""
        if self._retired or self.account.quota.used_up(time()):
            return False
        if any(connection.usable for connection in self._connections):
            return True
        standing, now = self._standing, self._loop.time()
        return standing.may_dial(now) and not standing.tripped

    @property
    def hope_until(self) -> float:
        """Until when, by the loop's clock, readers wait for it to work again; 0 if they do not."""
        return 0.0 if self._retired else self._standing.hope_until

    @property
    def refusal(self) -> AltmountError | None:
        """Why nothing is asked of it now; ``None`` if something may be."""
        if self._closed:
            return ConnectionLostError("the program is shutting down")
        if self._retired:
            return RetiredError(f"the account {self.provider.label} was removed or changed")
        if self.account.quota.used_up(time()):
            return QuotaError("its quota is used up")
        return None if self._connections else self._standing.refusal(self._loop.time())

    @property
    def tally(self) -> Tally:
        """What the account has delivered."""
        return self.account.tally

    @property
    def state(self) -> PoolState:
        """How it stands now."""
        connections = [one for one in self._connections if one not in self._dialled_at]
        draining = sum(1 for one in connections if one.draining)
        idle = sum(1 for one in connections if not one.load)
        now, quota = time(), self.account.quota
        account = self._standing.state(connected=bool(self._ready_at))
        if quota.used_up(now):
            account = AccountState.QUOTA_USED_UP
        return PoolState(
            account=account,
            breaker=self._standing.breaker.state,
            dialling=len(self._dialled_at),
            idle=idle,
            busy=len(connections) - idle - draining,
            draining=draining,
            closing=len(self._closing),
            taken=self._places.taken,
            allowed=self._places.capacity.allowed(self._loop.time()),
            limit=self.provider.max_connections,
            waiting=self._queue.lengths,
            unanswered=self.unanswered,
            bulk=self._bulk.flow(),
            quota=QuotaState(quota.usage(now).used, quota.limit, quota.resets_at),
            trouble=str(self._standing.error or ""),
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
            exchange.answer.set_result(answer)
            self._drop(exchange)

    def forgive(self) -> None:
        """Try again at once what the account was refused before; its owner asks for it."""
        self._standing.forgive()
        self._dispatch()

    def hurry(self, message_id: MessageId, urgency: Urgency) -> None:
        """Let what is queued for an article wait no longer than ``urgency`` must."""
        if self._queue.hurry(message_id, urgency):
            self._dispatch()

    # What connections tell.

    def ready(self, connection: Connection) -> None:
        now = self._loop.time()
        self.tally.connect()
        took = now - self._dialled_at.pop(connection)
        self._dial_seconds = min(_LONGEST_GRACE, max(_SHORTEST_GRACE, took))
        connection.grace = self._dial_seconds
        self._ready_at[connection] = now
        self._places.capacity.accepted(len(self._ready_at), now)
        self._standing.logged_in()
        if self._retired:
            connection.retire()
        elif self._standing.tripped:
            self._probe(connection)
        self._shared.revived()
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
        if ends_session(answer.code):
            self._turned_away(connection, answer)
        elif self._standing.error is not None:
            self._standing.worked()
            self._shared.revived()
        self._dispatch()

    def idled(self, connection: Connection) -> None:
        if len(self._ready_at) <= self.provider.min_connections:
            self._probe(connection)
        else:
            connection.hang_up()

    def silent(self, connection: Connection) -> None:
        self._probe(connection)

    def lost(
        self, connection: Connection, error: AltmountError, unanswered: list[Exchange]
    ) -> None:
        self._connections.remove(connection)
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
                exchange.connection = None
                self._queue.push_back(exchange)
            else:
                exchange.fail(error)
                self.tally.failed(error)
        began = self._dialled_at.pop(connection, None)
        ready = self._ready_at.pop(connection, None)
        self._closing[connection] = ready is not None
        if began is not None:
            self._not_connected(error, began)
        elif unanswered and not abandoned and ready is not None and not connection.has_answered:
            self._failed(error, ready, let_in=True)  # and then it said nothing at all
        self._dispatch()

    def closed(self, connection: Connection) -> None:
        del self._closing[connection]
        self._places.give()
        if self._retired and not (self._connections or self._closing):
            self._drained_out.set()

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
            connection = self._connection_for(exchange)
            if connection is None:
                break
            self._queue.pop(exchange)
            now = self._loop.time()
            if exchange.bulk:
                self._bulk.sent(exchange.expected, now)
            connection.send(exchange, now)
            if exchange.urgency <= Urgency.PLAYBACK_LATER:
                self._played_at = now
        self._dial_for_the_rest()

    def _connection_for(self, exchange: Exchange) -> Connection | None:
        """The connection that answers soonest, if one may take an exchange of this urgency."""
        idle: list[Connection] = []
        busy: list[Connection] = []
        for connection in self._connections:
            if connection.load:
                busy.append(connection)
            elif connection.usable:
                idle.append(connection)
        now = self._loop.time()
        allowed = self._places.capacity.allowed(now)
        if exchange.urgency is not Urgency.PLAYBACK_NOW:
            allowed -= allowed // _RESERVED_SHARE
        if idle and len(busy) < allowed:
            return max(idle, key=lambda connection: connection.since)  # the warmest
        elsewhere = self._places.taken - len(self._connections)
        if len(busy) < allowed - elsewhere and self._standing.may_dial(now):
            return None  # a connection of its own is better than a shared one, and comes
        provider = self.provider
        depth = provider.stat_depth if exchange.command.verb is Verb.STAT else provider.depth
        shared = [
            other
            for other in busy
            if other.usable and other.load < depth and other is not exchange.avoid
        ]
        return min(shared, key=lambda connection: connection.outstanding, default=None)

    def _dial_for_the_rest(self) -> None:
        """Dial for what waits, for those to be kept warm, and while something plays for a few more.

        A breaker that is open has one connection dialled for it, so that it may close.
        """
        now = self._loop.time()
        waiting = self._unplaced()
        warm = self.provider.min_connections
        tripped = self._standing.tripped
        if not self._standing.may_dial(now):
            if waiting or warm or tripped:
                self._wake_at(max(now, self._standing.next_dial))
            return
        allowed = self._places.capacity.allowed(now)
        wanted = waiting
        if now - self._played_at < _SPARE_SECONDS:
            wanted += allowed // _RESERVED_SHARE
        spare = sum(1 for connection in self._connections if not connection.load)
        wanted = max(wanted - spare, warm - len(self._connections))
        if tripped:
            wanted = 0 if self._dialled_at else 1
        for _ in range(min(wanted, allowed - self._places.taken)):
            self._standing.breaker.dialling()
            self._places.take()
            self.tally.dial()
            connection = Connection(
                self, self.provider.patience, self.provider.credentials, self._dial_seconds
            )
            self._connections.append(connection)
            self._dialled_at[connection] = now
            self._scope.start(self._connect(connection), name=f"dial {self.provider.label}")

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
            connection.undialled(error)
        except asyncio.CancelledError:
            connection.undialled(ConnectionLostError("the program is shutting down"))
            raise

    def _probe(self, connection: Connection) -> None:
        """Find out whether a connection works, which keeps it open as well."""
        verb = self.provider.keepalive
        probe = self.exchange(Command(verb), Urgency.HEALTH, _PROBE_BYTES)
        probe.probe = True
        connection.send(probe, probe.asked)

    def _not_connected(self, error: AltmountError, began: float) -> None:
        """Learn from a dial, a greeting or a login that failed."""
        if self._closed or self._retired:
            return
        self.tally.failed(error)
        now = self._loop.time()
        if isinstance(error, AuthenticationError) and self._ready_at:
            # Others are in with the same password, so it is not that.
            error = ServerBusyError(str(error))
        if isinstance(error, ServerBusyError):
            self._places.capacity.refused(self._accepted, now)
        self._failed(error, began, let_in=False)
        if not self._connections:
            self._fail_queued(error)

    def _failed(self, error: AltmountError, began: float, *, let_in: bool) -> None:
        """Something that was begun at ``began`` did not work, and it is not one article."""
        now = self._loop.time()
        connected = bool(self._ready_at)
        self._standing.failed(error, began, now, connected=connected, let_in=let_in)

    def _turned_away(self, connection: Connection, answer: Answer) -> None:
        """The server refuses work in mid-session; the connection is of no more use."""
        connection.retire()
        if answer.code in {Code.UNAVAILABLE, Code.REFUSED}:
            self._places.capacity.refused(self._accepted - 1, self._loop.time())

    @property
    def _accepted(self) -> int:
        """How many connections of the account the server has let in and may still count."""
        elsewhere = self._places.taken - len(self._connections) - len(self._closing)
        return len(self._ready_at) + sum(self._closing.values()) + elsewhere

    def _network_changed(self) -> None:
        self._standing.network_changed(self._loop.time())
        self._dispatch()

    def _charge(self) -> None:
        """Count what came against the account's quota."""
        self.account.quota.used += self.received - self._charged
        self._charged = self.received

    def _fail_queued(self, error: AltmountError) -> None:
        for exchange in self._queue.clear():
            exchange.fail(error)

    def _wake_at(self, when: float) -> None:
        if self._alarm is None or self._alarm.when() > when:
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm = self._loop.call_at(when, self._wake)

    def _wake(self) -> None:
        self._alarm = None
        self._dispatch()
