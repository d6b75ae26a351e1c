"""Articles in memory: one fetch for all who want one, and a bound on all bytes."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import Counter, OrderedDict

from altmount.aio.budget import ByteBudget
from altmount.aio.scope import Scoped
from altmount.articles import (
    ArticleDamagedError,
    Articles,
    ArticleUnavailableError,
    Body,
    MessageId,
    Urgency,
    Wanted,
)
from altmount.errors import AltmountError
from altmount.reader.entry import Entry

# What is set aside for an article of unknown size, in bytes.
_UNKNOWN_SIZE = 1024 * 1024
# How long a reader waits for memory that other readers hold, in seconds.
_ROOM_SECONDS = 15.0


class Wish:
    """One reader's interest in one article, from when it is foreseen until it was used."""

    def __init__(self, store: ArticleStore, entry: Entry, part: Wanted | None) -> None:
        self._store = store
        self._entry = entry
        self._part = part
        self._pinned = False
        self._released = False

    @property
    def ready(self) -> bool:
        """Whether :meth:`take` would not wait."""
        return self._entry.here

    @property
    def trip(self) -> float:
        """How long the article took from being asked for to being here, in seconds."""
        return self._entry.trip

    async def take(self, urgency: Urgency) -> Body:
        """The article; it stays in memory until the wish is released.

        Raises:
            ArticleMissingError: No provider has it.
            ArticleDamagedError: Some have, but none as it should be.
            ArticleUnavailableError: It cannot be had now, or there is no memory for it.
        """
        if not self._store.stands(self._entry):
            self._entry = self._store.renew(self._entry, self._part, urgency)
        entry = self._entry
        if entry.coming:
            self._store.hasten(entry, urgency)
            await self._store.land(entry)
        if entry.error is not None:
            raise _own(entry.error)
        body = entry.body
        assert body is not None  # noqa: S101 it has landed
        if self._part is not None and (reason := self._part.objection(body.part)):
            raise ArticleDamagedError(entry.message_id, reason)
        if not self._released and not self._pinned:
            self._pinned = True
            self._store.pin(entry)
        return body

    def release(self) -> None:
        """Let go of it: a fetch that nobody else wants ends, a body may be evicted."""
        if not self._released:
            self._released = True
            self._store.release(self._entry, pinned=self._pinned)


class ArticleStore(Scoped):
    """The articles in memory, those that come and those that are kept.

    Bytes in the air and bytes held never exceed the budget together. What is kept and what
    was read ahead makes way for what a player waits for; what is being sent does not.
    """

    def __init__(self, articles: Articles, budget: ByteBudget) -> None:
        self._articles = articles
        self._budget = budget
        self._entries: dict[MessageId, Entry] = {}
        self._waiting: list[tuple[Urgency, int, Entry]] = []
        self._arrivals = itertools.count()
        self._kept: OrderedDict[Entry, None] = OrderedDict()
        self._ahead: OrderedDict[Entry, None] = OrderedDict()
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._admitting = False
        self.requests: Counter[str] = Counter()
        """How many articles were asked for, by where they came from: ``memory``, ``shared`` (with
        a fetch that was under way) or ``provider``."""

        self.readers = 0
        """How many readings are open, which share the budget."""
        budget.when_room(self._admit)

    @property
    def in_the_air(self) -> int:
        """How many fetches are under way."""
        return sum(1 for entry in self._entries.values() if entry.fetch and not entry.here)

    @property
    def kept(self) -> int:
        """How many articles nobody reads, and are kept for who comes back."""
        return len(self._kept)

    @property
    def ahead(self) -> int:
        """How many were read ahead and not used yet."""
        return len(self._ahead)

    @property
    def share(self) -> int:
        """How many bytes a reading may have ahead of it, so that all find room."""
        return self._budget.limit // (2 * max(1, self.readers))

    def wish(
        self, message_id: MessageId, part: Wanted | None, urgency: Urgency, reader: object = None
    ) -> Wish:
        """Say that an article will be wanted; its fetch starts as soon as there is room."""
        return Wish(self, self._claim(message_id, part, urgency, reader), part)

    # The port, for those who want an article once.

    async def body(
        self,
        message_id: MessageId,
        *,
        urgency: Urgency,
        part: Wanted | None = None,
        reader: object = None,
    ) -> Body:
        wish = self.wish(message_id, part, urgency, reader)
        try:
            return await wish.take(urgency)
        finally:
            wish.release()

    async def exists(self, message_id: MessageId, *, urgency: Urgency) -> bool:
        entry = self._entries.get(message_id)
        if entry is not None and entry.here:
            return True
        return await self._articles.exists(message_id, urgency=urgency)

    def hurry(self, message_id: MessageId, urgency: Urgency) -> None:
        entry = self._entries.get(message_id)
        if entry is not None and not entry.here:
            self.hasten(entry, urgency)

    # For what does not come through here, such as a speed test.

    def reserve(self, size: int) -> bool:
        """Set bytes of the budget aside, if there is room; only what is kept makes way."""
        while not self._budget.fits(size) and self._kept:
            self._evict(next(iter(self._kept)))
        if not self._budget.fits(size):
            return False
        self._budget.take(size)
        return True

    def unreserve(self, size: int) -> None:
        """Give them back."""
        self._budget.give(size)

    # For wishes.

    def stands(self, entry: Entry) -> bool:
        """Whether a wish for an entry is answered by what has become of it."""
        return entry.stands(self._loop.time())

    def renew(self, old: Entry, part: Wanted | None, urgency: Urgency) -> Entry:
        """Another entry for one that is gone."""
        old.wishes -= 1
        return self._claim(old.message_id, part, urgency, old.reader)

    def hasten(self, entry: Entry, urgency: Urgency) -> None:
        """Let a wish wait no longer than ``urgency`` must."""
        if entry.urgency <= urgency:
            return
        entry.urgency = urgency
        if entry.fetch is not None:
            self._articles.hurry(entry.message_id, urgency)
        else:
            self._queue(entry)
            self._admit()

    async def land(self, entry: Entry) -> None:
        """Wait until a fetch has ended, well or not; for memory only so long."""
        give_up = None
        if entry.fetch is None:
            give_up = self._loop.call_later(_ROOM_SECONDS, self._give_up, entry)
        try:
            # The wait is this caller's alone: cancelling it leaves the fetch to the others.
            waiter = self._loop.create_future()
            entry.waiters.append(waiter)
            await waiter
        finally:
            if give_up is not None:
                give_up.cancel()

    def pin(self, entry: Entry) -> None:
        entry.pins += 1
        self._ahead.pop(entry, None)
        self._kept.pop(entry, None)

    def release(self, entry: Entry, *, pinned: bool) -> None:
        entry.wishes -= 1
        entry.pins -= pinned
        if entry.gone:
            return
        if entry.here:
            self._shelve(entry)
            self._admit()  # what may be evicted now is room
        elif not entry.wishes:
            self._drop(entry)

    # Only for this class.

    def _claim(
        self, message_id: MessageId, part: Wanted | None, urgency: Urgency, reader: object
    ) -> Entry:
        entry = self._entries.get(message_id)
        if entry is not None and part and not entry.pins and entry.misfits(part):
            self._evict(entry)
            entry = None
        if entry is None:
            size = part.size if part else min(_UNKNOWN_SIZE, self._budget.limit)
            entry = Entry(message_id, part, urgency, size, reader, self._loop.time())
            entry.wishes = 1
            self.requests["provider"] += 1
            self._entries[message_id] = entry
            self._queue(entry)
            self._admit()
            return entry
        entry.wishes += 1
        self.requests["memory" if entry.here else "shared"] += 1
        if entry.here:
            self._shelve(entry)
        else:
            self.hasten(entry, urgency)
        return entry

    def _queue(self, entry: Entry) -> None:
        heapq.heappush(self._waiting, (entry.urgency, next(self._arrivals), entry))

    def _admit(self) -> None:
        """Start every fetch that there is room for, the most urgent first."""
        if self._admitting:  # making room gives bytes back, which asks for this again
            return
        self._admitting = True
        try:
            while self._waiting:
                urgency, _, entry = self._waiting[0]
                stale = entry.gone or entry.fetch is not None or entry.urgency != urgency
                if not stale and not self._make_room(entry):
                    break
                heapq.heappop(self._waiting)
                if not stale:
                    self._start(entry)
        finally:
            self._admitting = False

    def _make_room(self, entry: Entry) -> bool:
        """Evict until the entry fits: what is kept, and for a player what was read ahead."""
        while not self._budget.fits(entry.size):
            if self._kept:
                self._evict(next(iter(self._kept)))
            elif self._ahead and entry.urgency is Urgency.PLAYBACK_NOW:
                self._evict(next(iter(self._ahead)))
            else:
                return False
        return True

    def _start(self, entry: Entry) -> None:
        self._budget.take(entry.size)
        entry.fetch = self._scope.start(self._fetch(entry), name=f"fetch {entry.message_id}")
        entry.fetch.add_done_callback(lambda fetch: self._landed(entry, fetch))

    async def _fetch(self, entry: Entry) -> Body:
        # It may have become more urgent since the task was made.
        return await self._articles.body(
            entry.message_id, urgency=entry.urgency, part=entry.part, reader=entry.reader
        )

    def _landed(self, entry: Entry, fetch: asyncio.Task[Body]) -> None:
        error: BaseException | None
        if fetch.cancelled():
            error = ArticleUnavailableError(entry.message_id, "the fetch was given up")
        else:
            error = fetch.exception()
            entry.failed_at = self._loop.time() if error is not None else None
        if error is not None or entry.gone:
            entry.fetch = None  # the task holds its frames too
            self._evict(entry)
            self._fail(entry, error)
            return
        body = fetch.result()
        entry.body = body
        entry.trip = self._loop.time() - entry.asked_at
        entry.fetch = None  # the task holds the body too
        self._shelve(entry)
        entry.landed()
        foreseen, entry.size = entry.size, len(body.data)
        if entry.size > foreseen:
            self._budget.add(entry.size - foreseen)
        elif entry.size < foreseen:
            self._budget.give(foreseen - entry.size)
        while not self._budget.fits(0) and self._kept:  # it was larger than foreseen
            self._evict(next(iter(self._kept)))

    def _shelve(self, entry: Entry) -> None:
        """Put an article that is here where eviction finds it, at the young end."""
        self._kept.pop(entry, None)
        self._ahead.pop(entry, None)
        if not entry.pins:
            (self._ahead if entry.wishes else self._kept)[entry] = None

    def _evict(self, entry: Entry) -> None:
        self._forget(entry)
        self._budget.give(entry.size)

    def _drop(self, entry: Entry) -> None:
        """Give up an article that nobody wants before it came."""
        self._forget(entry)
        if entry.fetch is not None:
            entry.fetch.cancel()  # its end gives the bytes back

    def _forget(self, entry: Entry) -> None:
        entry.gone = True
        self._kept.pop(entry, None)
        self._ahead.pop(entry, None)
        if self._entries.get(entry.message_id) is entry:
            del self._entries[entry.message_id]

    def _give_up(self, entry: Entry) -> None:
        if entry.fetch is None:
            self._forget(entry)
            reason = "other streams hold all memory for articles; raise streaming.cache_bytes"
            self._fail(entry, ArticleUnavailableError(entry.message_id, reason))

    def _fail(self, entry: Entry, error: BaseException | None) -> None:
        if isinstance(error, AltmountError):
            error.__traceback__ = None  # its frames hold what was read, for as long as it is kept
        entry.error = error
        entry.landed()


def _own(error: BaseException) -> BaseException:
    """An error for one of those who wait for the same article.

    One that all raised would collect the frames of all of them, the entry's own among them, and
    keep what they read in memory until the garbage is collected.
    """
    if not isinstance(error, AltmountError):
        return error
    another = type(error).__new__(type(error), *error.args)
    another.__dict__.update(error.__dict__)
    return another
