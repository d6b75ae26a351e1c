"""The supply of connections: as many as are wanted, allowed and possible."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from time import time

from altmount.aio.scope import TaskScope
from altmount.articles import Urgency
from altmount.errors import AltmountError
from altmount.nntp.account import Account
from altmount.nntp.connection import Connection, Owner
from altmount.nntp.dial import Dial
from altmount.nntp.errors import (
    AuthenticationError,
    ConnectionLostError,
    QuotaError,
    RetiredError,
    ServerBusyError,
)
from altmount.nntp.exchange import Exchange
from altmount.nntp.poolstate import AccountState
from altmount.nntp.protocol import Answer
from altmount.nntp.provider import Provider
from altmount.nntp.roster import Roster
from altmount.nntp.shared import Shared
from altmount.nntp.standing import Standing
from altmount.nntp.status import Code

# An abandoned answer may take as long as a new connection would, within these bounds, in seconds.
_SHORTEST_GRACE, _LONGEST_GRACE = 0.01, 1.0
# One in so many connections is kept for articles that a player waits for.
_RESERVED_SHARE = 8
# What is dropped may keep a seek waiting for this share of what a dial takes.
_CLEARING_SHARE = 0.25
# One seek is sent behind answers that are dropped for each such share of what a dial takes: who
# scrubs faster than that does not want what they ask for, and every answer keeps the last waiting.
_BEHIND_SHARE = 0.1
# So long after the last article for a player, in seconds, those connections are kept open.
_SPARE_SECONDS = 10.0
# So long after connections made way for others of their account, none is dialled for warmth alone.
_COOL_SECONDS = 30.0


class Supply:
    """Dials, learns from what comes of it, and says which connection takes what.

    Connections and dials belong to it, never to the caller who needed them first. Nothing here
    waits but the dials themselves.

    Args:
        provider: Whose connections.
        dial: Makes one.
        account: The places they take.
        shared: What is judged about the network, and who waits for an account to come back.
        owner: Who hears what becomes of them.
        changed: Called when more may be dialled than a moment ago.
    """

    def __init__(
        self,
        provider: Provider,
        dial: Dial,
        account: Account,
        shared: Shared,
        *,
        owner: Owner,
        changed: Callable[[], None],
    ) -> None:
        self._provider = provider
        self._dial = dial
        self._account = account
        self._places = account.places
        self._shared = shared
        self._owner = owner
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._scope = TaskScope()
        self._dial_seconds = _SHORTEST_GRACE
        self._played_at = -_SPARE_SECONDS
        self._warm_from = 0.0
        self._pace = 0.0  # seconds for a byte, as far as connections have told
        self._sent_behind_at = -_LONGEST_GRACE
        self._alarm: asyncio.Handle | None = None
        self._alarm_at = 0.0
        self._ended: AltmountError | None = None
        self._drained = asyncio.Event()
        self.connections = Roster()
        self.standing = Standing(provider.id, provider.patience.outage, shared.network)

    def start(self) -> None:
        """Listen to whatever lets more be dialled."""
        self._places.when_free(self._changed)
        self._shared.network.when_changed(self._network_changed)

    def retire(self, reason: AltmountError) -> None:
        """Dial no more, and end each connection once the server owes nothing on it."""
        self._ended = reason
        for connection in self.connections:
            if self.connections.is_dialling(connection):
                connection.cut(reason)
            else:
                connection.retire()
        self._see_whether_drained()

    async def drained(self) -> None:
        """Wait until no socket is left after :meth:`retire`."""
        await self._drained.wait()

    async def close(self, reason: AltmountError) -> None:
        """End every connection now."""
        self._ended = reason
        self._places.forget(self._changed)
        self._shared.network.forget(self._network_changed)
        if self._alarm is not None:
            self._alarm.cancel()
        for connection in self.connections:
            if connection.load:
                connection.cut(reason)
            else:
                connection.hang_up(wait=False)
        for connection in self.connections.closing:
            connection.cut(reason)
        await self._scope.__aexit__(None, None, None)

    # What may be asked for.

    @property
    def refusal(self) -> AltmountError | None:
        """Why nothing is asked of the account now; ``None`` if something may be."""
        if self._ended is not None:
            return self._ended
        if self._account.quota.used_up(time()):
            return QuotaError("its quota is used up")
        if self.connections.ready:
            return None
        return self.standing.refusal(self._loop.time())

    @property
    def available(self) -> bool:
        """Whether asking now has a chance: there are connections, or one may be dialled."""
        if self.refusal is not None:
            return False
        return self.connections.usable or self.standing.may_dial(self._loop.time())

    @property
    def allowed(self) -> int:
        """How many connections there may be now."""
        return self._places.capacity.allowed(self._loop.time())

    @property
    def account_state(self) -> AccountState:
        """What the account is called."""
        if self._account.quota.used_up(time()):
            return AccountState.QUOTA_USED_UP
        return self.standing.state(connected=bool(self.connections.ready))

    # Decisions.

    def connection_for(self, exchange: Exchange, late: float) -> Connection | None:
        """The connection that answers soonest, if one may take an exchange of this urgency.

        Args:
            exchange: What is to be sent.
            late: Which silence of a server, in seconds, is not usual.
        """
        allowed = self.allowed
        now = self._loop.time()
        seek = exchange.urgency is Urgency.PLAYBACK_NOW
        if not seek:
            allowed -= allowed // _RESERVED_SHARE
        elsewhere = self._places.taken - len(self.connections)
        may_dial = self.standing.may_dial(now)
        most = min(allowed - elsewhere, self._provider.max_connections)
        another = most if may_dial else 0
        depth = self._provider.depth_for(exchange.command.verb)
        next_behind = self._sent_behind_at + _BEHIND_SHARE * self._dial_seconds
        may_follow = seek and not exchange.returned
        picked = self.connections.pick(
            allowed,
            depth,
            another=another,
            heard=now - late,
            behind=self._droppable if may_follow and now >= next_behind else 0.0,
            avoid=exchange.avoid,
        )
        if picked is None and may_follow and now < next_behind:
            self._look_again_at(next_behind)
        return picked

    def sent(self, exchange: Exchange, now: float) -> None:
        """An exchange was sent; while players want articles a few spare connections are kept."""
        if exchange.connection is not None and exchange.connection.draining:
            self._sent_behind_at = now
        if exchange.urgency <= Urgency.PLAYBACK_LATER:
            self._played_at = now

    def meet(self, waiting: int) -> None:
        """Dial for so many exchanges that wait, for warmth, and while something plays for more.

        A breaker that is open has one connection dialled for it, so that it may close.
        """
        now = self._loop.time()
        warm = self._provider.min_connections
        if warm and now < self._warm_from:
            self._look_again_at(self._warm_from)
            warm = 0
        tripped = self.standing.tripped
        if not self.standing.may_dial(now):
            rests_until = self.standing.next_dial
            if rests_until > now and (waiting or warm or tripped):
                self._look_again_at(rests_until)
            return
        allowed = self._places.capacity.allowed(now)
        wanted = waiting
        if now - self._played_at < _SPARE_SECONDS:
            wanted += allowed // _RESERVED_SHARE
        spare = self.connections.idle + self.connections.dialling
        wanted = max(wanted - spare, warm - len(self.connections))
        if tripped:
            wanted = 0 if self.connections.dialling else 1
        # A pool beside the one in use may have fewer connections than the account.
        own = self._provider.max_connections - self.connections.sockets
        for _ in range(min(wanted, own, allowed - self._places.taken)):
            self._dial_one(now)

    def make_way(self, places: int) -> None:
        """Hang up idle connections, until so many places are free or none is idle.

        For a while none is dialled for warmth alone, which would take the places again.
        """
        self._warm_from = self._loop.time() + _COOL_SECONDS
        wanted = places - (self.allowed - self._places.taken) - len(self.connections.closing)
        for connection in tuple(self.connections):
            if wanted <= 0:
                break
            if not connection.load and not self.connections.is_dialling(connection):
                connection.hang_up()
                wanted -= 1

    # What is learned.

    def let_in(self, connection: Connection) -> None:
        """The server has let a connection in."""
        now = self._loop.time()
        took = self.connections.let_in(connection, now)
        self._dial_seconds = min(_LONGEST_GRACE, max(_SHORTEST_GRACE, took))
        connection.grace = self._dial_seconds
        self._account.tally.connect()
        self._places.capacity.accepted(self.connections.ready, now)
        self.standing.logged_in()
        if self._ended is not None:
            connection.retire()
        elif self.standing.tripped:
            self.probe(connection)
        self._shared.revived()

    def answered(self, connection: Connection, answer: Answer, *, ends: bool) -> None:
        """The server has answered; ``ends`` if the connection is of no more use after that."""
        self._pace = connection.pace or self._pace
        if not ends:
            if self.standing.error is not None:
                self.standing.worked()
                self._shared.revived()
            return
        error = ServerBusyError(f"the server turns us away: {answer.text[:100]}")
        if self.standing.tripped:
            self._failed(error, self._loop.time(), let_in=True)
        connection.retire()
        if answer.code in {Code.UNAVAILABLE, Code.REFUSED}:
            self._places.capacity.refused(self._counted - 1, self._loop.time())

    def lost(self, connection: Connection) -> float | None:
        """A connection has ended; when it was dialled, if the server never let it in.

        Its place is taken until its socket is gone.
        """
        return self.connections.lost(connection)

    def closed(self, connection: Connection) -> None:
        """The socket of a connection is gone."""
        self.connections.closed(connection)
        self._places.give()
        self._see_whether_drained()

    def not_connected(self, error: AltmountError, began: float) -> AltmountError:
        """Learn from a dial, a greeting or a login that failed; what it was in truth."""
        self._account.tally.failed(error)
        if isinstance(error, AuthenticationError) and self.connections.ready:
            # Others are in with the same password, so it is not that.
            error = ServerBusyError(str(error))
        if isinstance(error, ServerBusyError):
            self._places.capacity.refused(self._counted, self._loop.time())
        self._failed(error, began, let_in=False)
        return error

    def fell_silent(self, error: AltmountError, sent_at: float) -> None:
        """The server let a connection in, and never answered anything that was sent on it."""
        self._failed(error, sent_at, let_in=True)

    def probe(self, connection: Connection) -> None:
        """Find out whether an idle connection works, which keeps it open as well."""
        probe = Exchange.probing(self._provider.keepalive, self._loop)
        connection.send(probe, probe.asked)

    def idled(self, connection: Connection) -> None:
        """Nobody uses a connection: hang it up, or keep it warm."""
        if self.connections.ready <= self._provider.min_connections:
            self.probe(connection)
        else:
            connection.hang_up()

    # Only for this class.

    @property
    def _droppable(self) -> float:
        """How many bytes may come that nobody wants, before waiting for a dial is as good."""
        return self._dial_seconds * _CLEARING_SHARE / self._pace if self._pace else math.inf

    @property
    def _counted(self) -> int:
        """How many connections of the account the server has let in and may still count."""
        return self.connections.counted + self._places.taken - self.connections.sockets

    def _dial_one(self, now: float) -> None:
        self.standing.breaker.dialling()
        self._places.take()
        self._account.tally.dial()
        provider = self._provider
        connection = Connection(
            self._owner, provider.patience, provider.credentials, self._dial_seconds
        )
        self.connections.dialled(connection, now)
        self._scope.start(self._connect(connection), name=f"dial {provider.label}")

    async def _connect(self, connection: Connection) -> None:
        try:
            await self._dial(lambda: connection)
            connection.dialled()
        except AltmountError as error:
            connection.undialled(error)
        except asyncio.CancelledError:
            connection.undialled(ConnectionLostError("the dial was given up"))
            raise

    def _failed(self, error: AltmountError, began: float, *, let_in: bool) -> None:
        """Something that was begun at ``began`` did not work, and it is not one article."""
        now = self._loop.time()
        connected = bool(self.connections.ready)
        self.standing.failed(error, began, now, connected=connected, let_in=let_in)

    def _network_changed(self) -> None:
        self.standing.network_changed(self._loop.time())
        self._changed()

    def _see_whether_drained(self) -> None:
        if isinstance(self._ended, RetiredError) and not self.connections.sockets:
            self._drained.set()

    def _look_again_at(self, when: float) -> None:
        if self._alarm is None or self._alarm_at > when:
            if self._alarm is not None:
                self._alarm.cancel()
            # Remembered here: what uvloop gives for a moment that has passed cannot tell it.
            self._alarm_at = when
            self._alarm = self._loop.call_at(when, self._look_again)

    def _look_again(self) -> None:
        self._alarm = None
        self._changed()
