"""The one queue of an account: who is served next."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from altmount.articles import MessageId, Urgency
from altmount.nntp.exchange import Exchange

# One in so many hand-outs of read-ahead goes to whatever else waits. A download that takes all
# there is reads ahead without end, and an import beside it must not wait as long.
_CRUMB = 16


class Queue:
    """Exchanges that wait for their turn, strictly by urgency, readers of the same in turn.

    Strictly but for one thing: read-ahead leaves a crumb to what is less urgent. What a player
    waits for never does.
    """

    def __init__(self) -> None:
        self._heaps: dict[Urgency, list[tuple[int, int, Exchange]]] = {
            urgency: [] for urgency in Urgency
        }
        self._arrivals = itertools.count()
        self._turn = 0
        self._turns: WeakKeyDictionary[object, int] = WeakKeyDictionary()
        self._since_crumb = 0
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Exchange]:
        """All that wait, in no order."""
        for urgency, heap in self._heaps.items():
            for *_, exchange in heap:
                if _waits(exchange, urgency):
                    yield exchange

    @property
    def lengths(self) -> tuple[int, ...]:
        """How many wait, by urgency."""
        counts = [0] * len(Urgency)
        for exchange in self:
            counts[exchange.urgency] += 1
        return tuple(counts)

    def push(self, exchange: Exchange, reader: object = None) -> None:
        """Put an exchange in its place.

        A reader's next turn is one after its last, and never before the turn that is being
        served: so one that asks for much waits for itself, and one that comes new is next.
        """
        reader = self if reader is None else reader
        exchange.turn = max(self._turn, self._turns.get(reader, 0)) + 1
        self._turns[reader] = exchange.turn
        self.push_back(exchange)

    def push_back(self, exchange: Exchange) -> None:
        """Put an exchange where it was before it was sent."""
        self._count += 1
        self._enter(exchange)

    def drop(self) -> None:
        """One that waits is not wanted any more; its answer is done."""
        self._count -= 1

    def _enter(self, exchange: Exchange) -> None:
        entry = (exchange.turn, next(self._arrivals), exchange)
        heapq.heappush(self._heaps[exchange.urgency], entry)

    def hurry(self, message_id: MessageId, urgency: Urgency) -> None:
        """Let what waits for an article wait no longer than ``urgency`` must."""
        for exchange in list(self):
            if exchange.command.message_id == message_id and exchange.urgency > urgency:
                exchange.urgency = urgency
                self._enter(exchange)  # its former entry is stale, and is skipped

    def first(self) -> Exchange | None:
        """Who is served next, if anyone waits."""
        return next(self._in_order(), None)

    def pop(self, exchange: Exchange) -> None:
        """Take out the first."""
        heapq.heappop(self._heaps[exchange.urgency])
        self._count -= 1
        self._turn = max(self._turn, exchange.turn)
        read_ahead = exchange.urgency is Urgency.PLAYBACK_AHEAD
        self._since_crumb = self._since_crumb + 1 if read_ahead else 0

    def clear(self) -> list[Exchange]:
        """Take out all."""
        waiting = list(self)
        for heap in self._heaps.values():
            heap.clear()
        # Those that were cancelled this moment are not among them, and will be dropped yet.
        self._count -= len(waiting)
        return waiting

    def _in_order(self) -> Iterator[Exchange]:
        """The first of each urgency, as they are served now."""
        left_out = None
        for urgency, heap in self._heaps.items():
            while heap and not _waits(heap[0][-1], urgency):
                heapq.heappop(heap)
            if not heap:
                continue
            if urgency is Urgency.PLAYBACK_AHEAD and self._since_crumb >= _CRUMB:
                left_out = heap[0][-1]
                continue
            yield heap[0][-1]
        if left_out is not None:
            yield left_out


def _waits(exchange: Exchange, urgency: Urgency) -> bool:
    """Whether an entry is its exchange's latest, and still waits."""
    return (
        exchange.connection is None and exchange.urgency == urgency and not exchange.answer.done()
    )
