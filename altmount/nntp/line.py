"""The line: what all accounts share, and how much of it each may fill."""

from __future__ import annotations

from dataclasses import replace

from altmount.aio.climb import Climb, Flow, Metered, Why

# Four usual articles.
_FIRST_BYTES = 3_200_000
# Who was the only one to ask for anything for so long, in seconds, has the line alone.
_ALONE_SECONDS = 1.0


class Line:
    """The line that all accounts share.

    Each has a limit of its own for bulk in flight, because some limit their connections; but
    each limit is judged by what all of them deliver together, so that they do not crowd each
    other out. While several fill it there is one limit for all of them as well: each alone may
    be right that less of its own in flight would deliver less, and all together have far more
    in flight than the line can use.
    """

    def __init__(self, first: int = _FIRST_BYTES) -> None:
        self.trying: Climb | None = None
        self.tries_until = 0.0
        self._parts: dict[Metered, Share] = {}
        self._gone = 0
        self._first = first
        self.whole = Climb(first, self, self, 0.0)
        """The limit for all of them."""

        self.user: Share | None = None
        """Who has the line alone."""

        self._asked_last: Share | None = None
        self._since = 0.0

    @property
    def received(self) -> int:
        """How many bytes have come over it, in bytes, whoever asked for them."""
        return self._gone + sum(part.received for part in self._parts)

    def join(self, account: Metered, now: float) -> Share:
        """The part of one account."""
        share = self._parts[account] = Share(self, Climb(self._first, account, self, now))
        return share

    def leave(self, account: Metered) -> None:
        """An account asks no more, and has nothing in flight."""
        share = self._parts.pop(account, None)
        if share is None:
            return
        self._gone += account.received
        if self.trying is share.own:
            self.trying = None
        if self._asked_last is share:
            self._asked_last = self.user = None

    def used_by(self, share: Share, now: float) -> None:
        """Note who asks for something."""
        if self._asked_last is None:
            self._asked_last = self.user = share
        elif share is not self._asked_last:
            self._asked_last, self._since, self.user = share, now, None
        elif self.user is None and now - self._since > _ALONE_SECONDS:
            self.user = share
        if self.user is share:
            self.whole.limit = share.own.limit  # what it has found is what the line takes

    @property
    def users(self) -> int:
        """How many accounts have bulk in flight."""
        return sum(1 for share in self._parts.values() if share.own.in_flight) or 1

    def flow(self) -> Flow:
        """All accounts together."""
        return self.user.own.flow() if self.user is not None else self.whole.flow()


class Share:
    """The bulk of one account that may be in flight."""

    def __init__(self, line: Line, own: Climb) -> None:
        self.own = own
        self._line = line

    def flow(self) -> Flow:
        """How it stands."""
        flow = self.own.flow()
        held = flow.why is Why.CLIENT
        return replace(flow, why=self._line.flow().why) if held else flow

    def admits(self, size: int) -> bool:
        """Whether so many bytes may be asked for now; one answer always may."""
        if not self.own.admits(size):
            return False
        line = self._line
        return line.user is self or self._even_room(size) > 0 or line.whole.admits(size)

    def room_for(self, size: int) -> int:
        """How many more answers of ``size`` bytes may be asked for now."""
        if self._line.user is self:
            return self.own.room_for(size)
        shared = max(self._even_room(size), self._line.whole.room_for(size))
        return min(self.own.room_for(size), shared)

    def sent(self, size: int, now: float) -> None:
        """So many bytes were asked for."""
        self._line.used_by(self, now)
        self.own.sent(size, now)
        self._line.whole.sent(size, now)

    def lost(self, size: int) -> None:
        """So many of them will not come."""
        self.own.lost(size)
        self._line.whole.lost(size)

    def answered(self, size: int, took: float, now: float) -> None:
        """An answer of ``size`` bytes has come, ``took`` seconds after it was asked for."""
        self.own.answered(size, took, now)
        whole = self._line.whole
        if self._line.user is self:
            whole.lost(size)  # it learns nothing while it holds nothing back
        else:
            whole.answered(size, took, now)

    def _even_room(self, size: int) -> int:
        """How many more it may ask for whatever the others do: its even part of what all may."""
        own = self.own.in_flight
        part = self._line.whole.limit // self._line.users
        return max((part - own + size // 2) // size, 0 if own else 1)
