"""The one queue of an account: who is served next."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from altmount.articles import MessageId, Urgency
from altmount.nntp.exchange import Exchange

# One in so many hand-outs of what no player waits for goes to whatever else waits. A download
# that takes all there is reads ahead without end, and an import beside it must not wait as long.
_CRUMB = 16


class Queue:
    """Exchanges that wait for their turn, strictly by urgency, readers of the same in turn.

    What a player may want later is no claim on the line: it shares with what is less urgent,
    and leaves a crumb to it.
    """

    def __init__(self) -> None:
        self._heaps: dict[Urgency, list[tuple[int, int, Exchange]]] = {
            urgency: [] for urgency in Urgency
        }
        self._by_article: dict[MessageId | None, list[Exchange]] = {}
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
        self._by_article.setdefault(exchange.command.message_id, []).append(exchange)
        self._enter(exchange)

    def drop(self, exchange: Exchange) -> None:
        """One that waits is not wanted any more; its answer is done."""
        self._leave(exchange)

    def hurry(self, message_id: MessageId, urgency: Urgency) -> bool:
        """Let what waits for an article wait no longer than ``urgency`` must; whether any does."""
        hurried = False
        for exchange in self._by_article.get(message_id, ()):
            if exchange.urgency > urgency:
                exchange.urgency = urgency
                self._enter(exchange)  # its former entry is stale, and is skipped
                hurried = True
        return hurried

    def first(self) -> Exchange | None:
        """Who is served next, if anyone waits."""
        return next(self._in_order(), None)

    def pop(self, exchange: Exchange) -> None:
        """Take out the first."""
        heapq.heappop(self._heaps[exchange.urgency])
        self._leave(exchange)
        self._turn = max(self._turn, exchange.turn)
        later = exchange.urgency is Urgency.PLAYBACK_LATER
        self._since_crumb = self._since_crumb + 1 if later else 0

    def clear(self) -> list[Exchange]:
        """Take out all."""
        waiting = list(self)
        for heap in self._heaps.values():
            heap.clear()
        # Those that were cancelled this moment are not among them, and will be dropped yet.
        for exchange in waiting:
            self._leave(exchange)
        return waiting

    def _enter(self, exchange: Exchange) -> None:
        entry = (exchange.turn, next(self._arrivals), exchange)
        heapq.heappush(self._heaps[exchange.urgency], entry)

    def _leave(self, exchange: Exchange) -> None:
        self._count -= 1
        message_id = exchange.command.message_id
        same = self._by_article[message_id]
        if len(same) == 1:
            del self._by_article[message_id]
        else:
            same.remove(exchange)

    def _in_order(self) -> Iterator[Exchange]:
        """The first of each urgency, as they are served now."""
        left_out = None
        for urgency, heap in self._heaps.items():
            while heap and not _waits(heap[0][-1], urgency):
                heapq.heappop(heap)
            if not heap:
                continue
            if urgency is Urgency.PLAYBACK_LATER and self._since_crumb >= _CRUMB:
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
