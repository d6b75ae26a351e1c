"""A connection: a conversation, a transport, and the clocks that bound every wait."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from dataclasses import dataclass
from typing import Protocol, cast

from altmount.errors import AltmountError
from altmount.nntp.commands import Command, Credentials, Verb
from altmount.nntp.errors import ConnectionLostError, DeadlineError
from altmount.nntp.exchange import Exchange
from altmount.nntp.protocol import Answer, Conversation, State

# So much of an answer must have arrived before its rate says anything.
_MEASURABLE_BYTES = 64 * 1024
# How long a server may take to hang up after QUIT, in seconds.
_CLOSING_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server may take, in seconds."""

    dial: float = 10.0
    """To accept a connection, TLS included."""

    greeting: float = 10.0
    """To greet, and again to answer the login."""

    first_byte: float = 10.0
    """To begin the answer that is next, counted from when it became next."""

    stall: float = 8.0
    """Between two reads of an answer that has begun."""

    idle: float = 60.0
    """To keep a connection that nobody uses."""

    keepalive: float = 0.0
    """To leave an idle connection in silence; 0 for as long as it is kept."""

    outage: float = 40.0
    """To come back after it was lost, while readers wait for it."""


class Owner(Protocol):
    """Who must hear what becomes of a connection. No call may raise or wait."""

    received: int
    """How many bytes its connections have brought, in bytes, whatever became of them."""

    def ready(self, connection: Connection) -> None:
        """The server logged us in; exchanges may be sent."""

    def answered(self, connection: Connection, exchange: Exchange, answer: Answer) -> None:
        """The server owes nothing more for this exchange; the connection has room again."""

    def idled(self, connection: Connection) -> None:
        """Nobody has used the connection for as long as idle ones are kept."""

    def silent(self, connection: Connection) -> None:
        """Nothing was said on the idle connection for as long as the server should hear nothing."""

    def lost(
        self, connection: Connection, error: AltmountError, unanswered: list[Exchange]
    ) -> None:
        """The connection has ended; these exchanges will have no answer from it."""

    def closed(self, connection: Connection) -> None:
        """Its socket is gone, so that the server does not count it any more."""


class Connection(asyncio.BufferedProtocol):
    """One connection to a news server, from the dial to the end.

    It can be used until :meth:`Owner.lost` is called, and takes a place at the server until
    :meth:`Owner.closed` is; each happens exactly once, in this order.
    """

    def __init__(
        self, owner: Owner, patience: Patience, credentials: Credentials | None, grace: float
    ) -> None:
        self._owner = owner
        self._patience = patience
        self._conversation = Conversation(credentials)
        self.grace = grace
        """How long abandoned answers may take, in seconds: as long as a new connection would."""

        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._exchanges: deque[Exchange] = deque()
        self._watch: asyncio.Handle | None = None
        self._watch_at = 0.0
        self._ended: AltmountError | None = None
        self._retired = False
        self._closed = False
        self.since = self._loop.time()
        """When the present wait began: for the greeting, for the answer that is next, or idling."""
        self._idle_since = self.since
        self.heard_at = self.since
        """When something was last heard that is waited for, or the present wait began."""

        self._first_byte = self.since
        self.pace = 0.0
        """How long a byte took, in seconds, of the last answer that told; 0 until one has."""

        self.has_answered = False
        """The server has answered a command."""
        self.outstanding = 0
        """How many bytes the server still owes, as far as is known."""

    @property
    def load(self) -> int:
        """How many answers the server still owes."""
        return len(self._exchanges)

    @property
    def arrived(self) -> int:
        """How many bytes of the answer that is next have come, give or take a read."""
        return self._conversation.answer_bytes

    @property
    def draining(self) -> bool:
        """Whether the answer that is next is one that nobody wants any more."""
        return bool(self._exchanges) and self._exchanges[0].drop_by is not None

    @property
    def usable(self) -> bool:
        """Whether an exchange may be sent, and be answered without waiting for what is dropped."""
        # As clearing has it, written out: it is asked of each connection for each article.
        return (
            self._ended is None
            and not self._retired
            and self._conversation.state is State.READY
            and not (self._exchanges and self._exchanges[0].drop_by is not None)
        )

    @property
    def clearing(self) -> bool:
        """Whether an exchange may be sent, and is answered once all that is owed is dropped."""
        return (
            self._ended is None
            and not self._retired
            and self._conversation.state is State.READY
            and all(exchange.drop_by is not None for exchange in self._exchanges)
        )

    @property
    def unwanted(self) -> int:
        """How many bytes have to be dropped before anyone has use of the connection."""
        abandoned = itertools.takewhile(lambda exchange: exchange.abandoned, self._exchanges)
        return max(0, sum(exchange.expected for exchange in abandoned) - self.arrived)

    def send(self, exchange: Exchange, now: float) -> None:
        """Send an exchange's command; only when usable or clearing."""
        if not self._exchanges:
            self._turn()
        exchange.connection = self
        exchange.sent_at = now
        self._exchanges.append(exchange)
        self.outstanding += exchange.expected
        self._conversation.send(exchange.command)
        self._flush()
        self._set_watch()

    def abandon(self, exchange: Exchange) -> None:
        """Note that nobody waits for this answer any more.

        The answer is read and dropped if that takes no longer than a new connection would,
        together with all that are dropped before it; else the connection is cut. Those
        who wait for other answers of it ask again elsewhere, which :meth:`Owner.lost` sees to.
        """
        exchange.drop_by = self._loop.time() + self.grace
        if self.draining:
            self._drain()

    def retire(self) -> None:
        """Take nothing more, and end once the server owes nothing."""
        self._retired = True
        if not self._exchanges:
            self.hang_up()

    def hang_up(self, *, wait: bool = True) -> None:
        """End an idle connection politely; without ``wait``, whether the server has heard or not.

        The server closes the socket, so that it is known not to count it any more.
        """
        if self._ended is not None:
            return
        transport = self._transport
        if self._conversation.state is State.READY and transport is not None:
            self._conversation.send(Command(Verb.QUIT))
            self._flush()
        self._end(ConnectionLostError("hung up"))
        if transport is not None:
            if wait:
                self._watch = self._loop.call_later(_CLOSING_SECONDS, transport.abort)
            else:
                transport.close()

    def cut(self, error: AltmountError) -> None:
        """End the connection now."""
        if self._transport is not None:
            self._transport.abort()
        self._end(error)

    def dialled(self) -> None:
        """The dial is over; if nobody wants the connection any more, it is ended now.

        Not sooner: uvloop takes the socket over after it has called :meth:`connection_made`.
        """
        if self._ended is not None and self._transport is not None:
            self._transport.abort()

    def undialled(self, error: AltmountError) -> None:
        """The dial has failed, or was given up: there may never have been a socket."""
        self.cut(error)
        if self._transport is None:
            self._close()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self._ended is not None:
            return  # given up while the handshake was on its way; see dialled()
        self._turn()
        self._set_watch()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 the decoder's space is what there is
        return self._conversation.get_buffer()

    def buffer_updated(self, nbytes: int) -> None:
        self._owner.received += nbytes
        if self._ended is not None:
            return
        conversation = self._conversation
        was = conversation.state
        self.heard_at = self._loop.time()
        if not conversation.answer_bytes:
            self._first_byte = self.heard_at
        try:
            answers = conversation.receive(nbytes)
        except AltmountError as error:
            self.cut(error)
            return
        if answers:
            self._deliver_all(answers)
        if self._retired and not self._exchanges:
            self.hang_up()
            return
        if was is not State.READY:
            self._flush()
            self._turn()
            self._idle_since = self.since
            if conversation.state is State.READY:
                self._owner.ready(self)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        reason = str(exc) if exc else "the server closed it"
        self._end(ConnectionLostError(f"the connection was lost: {reason}"))
        self._close()

    # What only this class needs.

    def _deliver_all(self, answers: list[Answer]) -> None:
        self._measure(answers[0].response.bytes_read)
        for answer in answers:
            self._deliver(answer)
        if self.draining:
            self._drain()
        elif not self._exchanges and self._ended is None:
            self._set_watch()  # idle ones may be looked at sooner than those that are owed

    def _deliver(self, answer: Answer) -> None:
        """Give an answer to who waits for it; the next in line is waited for now."""
        exchange = self._exchanges.popleft()
        self.has_answered = True
        self.outstanding -= exchange.expected
        self._turn()
        if not exchange.probe:
            self._idle_since = self.since
        if not exchange.answer.done():
            exchange.answer.set_result(answer)
        self._owner.answered(self, exchange, answer)

    def _turn(self) -> None:
        """Start the clock of what is waited for next."""
        self.since = self.heard_at = self._loop.time()

    def _flush(self) -> None:
        data = self._conversation.data_to_send()
        if data and self._transport is not None:
            self._transport.write(data)

    def _measure(self, arrived: int) -> None:
        """Learn the speed from what has arrived of an answer, if it is enough to tell."""
        elapsed = self.heard_at - self._first_byte
        if arrived >= _MEASURABLE_BYTES and elapsed > 0:
            self.pace = elapsed / arrived

    def _drain(self) -> None:
        """Go on to drop what is next, or cut the connection if that takes too long."""
        now = self._loop.time()
        self._measure(self.arrived)
        left = -self.arrived
        for exchange in self._exchanges:
            if exchange.drop_by is None:
                break
            left += exchange.expected
            if now + left * self.pace > exchange.drop_by:
                self.cut(ConnectionLostError("abandoned in the middle of an answer"))
                return
        self._set_watch()

    def _deadline(self) -> float:
        """When the present wait is over."""
        patience = self._patience
        if self._conversation.state is not State.READY:
            return self.since + patience.greeting
        if not self._exchanges:
            idle = self._idle_since + patience.idle
            return min(idle, self.since + patience.keepalive) if patience.keepalive else idle
        if (drop_by := self._exchanges[0].drop_by) is not None:
            return drop_by
        if self._conversation.answer_bytes:
            return self.heard_at + patience.stall
        return self.since + patience.first_byte

    def _overdue(self) -> AltmountError | None:
        """What it means that the present wait is over; nothing but the end of idling if None."""
        patience = self._patience
        if self._conversation.state is not State.READY:
            what = "greet" if self._conversation.state is State.GREETING else "answer the login"
            return DeadlineError(f"the server did not {what} within {patience.greeting:g} s")
        if not self._exchanges:
            return None
        if self._exchanges[0].abandoned:
            return ConnectionLostError("abandoned before the end of an answer")
        if self._conversation.answer_bytes:
            return DeadlineError(f"the server stopped for {patience.stall:g} s in mid-article")
        return DeadlineError(f"the server did not answer within {patience.first_byte:g} s")

    def _set_watch(self) -> None:
        """See to it that the watch looks no later than the present deadline.

        One that looks earlier finds that there is time left and sets itself anew, so that
        answers that arrive in time cost no timer.
        """
        deadline = self._deadline()
        if self._watch is not None:
            if self._watch_at <= deadline:
                return
            self._watch.cancel()
        # Remembered here: what uvloop gives for a moment that has passed cannot tell it.
        self._watch_at = deadline
        self._watch = self._loop.call_at(deadline, self._look)

    def _look(self) -> None:
        self._watch = None
        if self._loop.time() < self._deadline():
            self._set_watch()
        elif (error := self._overdue()) is not None:
            self.cut(error)
        else:
            now = self._loop.time()
            if now >= self._idle_since + self._patience.idle:
                self._idle_since = now
                self._owner.idled(self)
            else:
                self._owner.silent(self)
            if self._ended is None:
                self._set_watch()

    def _end(self, error: AltmountError) -> None:
        if self._ended is not None:
            return
        # Kept without the frames it went through, which hold us and all we have received.
        self._ended = error
        error.__traceback__ = None
        if self._watch is not None:
            self._watch.cancel()
        unanswered = list(self._exchanges)
        self._exchanges.clear()
        self.outstanding = 0
        self._owner.lost(self, error, unanswered)

    def _close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        if not self._closed:
            self._closed = True
            self._owner.closed(self)
