"""A limit that finds how many bytes in flight are worth it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from altmount.aio.shortest import Shortest

# An epoch is long enough to tell one rate from another: in seconds, and in answers.
_EPOCH_SECONDS, _EPOCH_ANSWERS = 0.05, 4
# One that is slow to bring as much as the limit says something all the same.
_LONG_EPOCH_SECONDS = 1.0
# What a trial must change, as a share of what the flow itself delivers: with twice as much in
# flight so much more is worth it, and with less so much less is harmless.
_WORTHWHILE, _HARMLESS = 0.1, 0.06
# A rate of all flows together is no more exact than this share of it.
_NOISE = 0.025
# How long to be content after a trial that failed, in seconds.
_CONTENT_SECONDS = 2.0
# What is needed at the least is in flight and a little more, because answers come unevenly.
_GAIN = 1.25
# The most that was delivered is remembered, and this share of it an epoch later.
_FADING = 0.98
# A trial of less that cost no more than this leaves was not far off: twice that is enough.
_MILD = 0.75
# A round trip that says that so much of the limit is needed has not merely waited in a queue.
_TOLD = 1.03
# A limit that much above what is needed is not worth a trial.
_CLOSE = 1.1
# Beyond these factors, in so many epochs in a row, a rate means that the line is another one.
_FELL, _ROSE, _EPOCHS_IN_A_ROW = 0.6, 1.25, 2
# A pause of the flow after which an epoch is begun anew, in seconds.
_PAUSE_SECONDS = 0.01
# A trial that brings no answers lets others try after so long, in seconds.
_TRIAL_SECONDS = 2.0


class Why(enum.StrEnum):
    """What decides how much is in flight."""

    IDLE = "idle"  #: Nothing is asked for.
    CLIENT = "held by client"  #: Less is asked for than the limit lets through.
    FILLING = "filling"  #: More in flight has always delivered more so far.
    PROBING = "probing"  #: Another limit is being tried.
    FULL = "full"  #: More in flight does not deliver more.


@dataclass(frozen=True, slots=True)
class Flow:
    """What is known of a line, or of one account's part in it."""

    rate: float
    """Bytes per second that were delivered when it was last busy."""

    round_trip: float
    """The shortest time from a request to the end of its answer lately, in seconds; 0: unknown."""

    limit: int
    """How many bytes of bulk may be in flight."""

    in_flight: int
    """How many are."""

    why: Why

    def __str__(self) -> str:
        """All of it in a few words."""
        return (
            f"{self.in_flight / 1e6:.1f} of {self.limit / 1e6:.1f} MB ({self.why},"
            f" {self.rate / 1e6:.1f} MB/s, {self.round_trip * 1000:.0f} ms)"
        )


class Metered(Protocol):
    """Whatever bytes come in through."""

    @property
    def received(self) -> int:
        """How many have come, whoever asked for them."""


class Common(Metered, Protocol):
    """What climbs on one line share: their trials would be mistaken for each other's effect."""

    trying: Climb | None
    tries_until: float


class Climb:
    """How many bytes may be in flight: as many as deliver more than fewer would.

    A line that is not full delivers more when more is asked of it; one that is full only makes
    everything beside it wait. So the limit is doubled while that delivers more, and goes back
    when it does not; then less is tried, for lines change. Less than the delivered rate times
    the shortest round trip, and a little more, cannot carry that rate, so it is not tried.

    Several flows may share one line. What counts is what all of them deliver: one that only took
    from another has won nothing. One of them tries at a time.

    Only epochs in which the limit held something back say anything.
    """

    def __init__(self, first: int, own: Metered, common: Common, now: float) -> None:
        self.limit = first
        self.in_flight = 0
        self.rate = 0.0
        """Bytes per second that this flow delivered in the last epoch."""

        self._settled = False
        self._own = own
        self._common = common
        self._shortest = Shortest()
        self._settling = 0
        self._held_back = self._was_held_back = False
        self._content_until = 0.0
        self._upward = True
        self._tried_from: int | None = None
        self._most = self._most_of_all = 0.0
        self._others = 0
        self._unsure = False
        self._answered_at = now
        self._begin(now)

    def flow(self) -> Flow:
        return Flow(self.rate, self._shortest.value or 0.0, self.limit, self.in_flight, self._why())

    def admits(self, size: int) -> bool:
        """Whether so many bytes may be asked for now; one answer always may.

        A limit means the nearest number of answers: a few bytes must not decide about one.
        """
        if not self.in_flight or self.in_flight + size // 2 <= self.limit:
            return True
        self._held_back = True
        return False

    def room_for(self, size: int) -> int:
        """How many more answers of ``size`` bytes may be asked for now."""
        room = (self.limit - self.in_flight + size // 2) // size
        return max(room, 0 if self.in_flight else 1)

    def sent(self, size: int, now: float) -> None:
        """So many bytes were asked for."""
        if not self.in_flight and now - self._answered_at > _PAUSE_SECONDS:
            self._begin(now)
            self._was_held_back = False
        self.in_flight += size

    def lost(self, size: int) -> None:
        """So many of them will not come."""
        self.in_flight -= size
        self._settling = max(0, self._settling - size)

    def answered(self, size: int, took: float, now: float) -> None:
        """An answer of ``size`` bytes has come, ``took`` seconds after it was asked for."""
        self.in_flight -= size
        self._answered_at = now
        self._shortest.add(took, size, now)
        if self._settling > 0:  # it was asked for under another limit
            self._settling -= size
            self._begin(now)
            return
        self._count += 1
        self._bytes += size
        elapsed = now - self._began
        if elapsed < _EPOCH_SECONDS:
            return
        enough = self._bytes >= self.limit and self._count >= _EPOCH_ANSWERS
        if not enough and elapsed < _LONG_EPOCH_SECONDS:
            return
        self.rate = own = (self._own.received - self._own_before) / elapsed
        everyone = (self._common.received - self._all_before) / elapsed
        self._was_held_back = self._held_back
        self._begin(now)
        if self._was_held_back:
            self._judge(own, everyone, now)

    def _begin(self, now: float) -> None:
        """Begin an epoch."""
        self._began = now
        self._own_before, self._all_before = self._own.received, self._common.received
        self._count = self._bytes = 0
        self._held_back = False

    def _judge(self, own: float, everyone: float, now: float) -> None:
        """Decide at the end of an epoch that delivered so many bytes a second."""
        before, self._tried_from = self._tried_from, None
        upward = before is not None and self.limit > before
        if before is not None:
            self._common.trying = None
            noise = max(_HARMLESS * self._most, _NOISE * self._most_of_all)
            change = _WORTHWHILE * self._most if upward else -noise
            if everyone - self._most_of_all < change:
                self._rest(now)
                if upward and own < _FELL * self._most:
                    self._others = 1  # more in flight cannot have made it so slow: look again
                mild = not upward and own > _MILD * self._most
                self._move(min(before, self.limit * 2) if mild else before)
                return
        changed = before is None and self._changed(own)
        if self._others and not changed:
            return
        if before is not None and not upward and own > _ROSE * self._most > 0:
            self._upward = changed = True  # less in flight cannot have made it so fast
        kept = 0.0 if changed or upward else _FADING
        self._most = max(own, self._most * kept)
        self._most_of_all = max(everyone, self._most_of_all * kept)
        if before is not None or changed or now >= self._content_until:
            self._others = 0
            self._unsure |= changed
            self._try(now, self._next(grows=upward or changed, fell=changed))

    def _changed(self, own: float) -> bool:
        """Whether this is another line than the one that the limit was found on."""
        factor = own / self._most if self._most else 1.0
        if _FELL < factor < _ROSE:
            self._others = 0
            return False
        self._others += 1
        self._upward = factor > 1
        return self._others >= _EPOCHS_IN_A_ROW

    def _next(self, *, grows: bool, fell: bool) -> int | None:
        """Another limit that may be better, if there is one."""
        if not self._upward:
            return self._less(fell=fell)
        if grows or not self._settled:
            return self.limit * 2
        # A limit that was found good is left carefully, but by an answer at the least.
        return max(self.limit * 3 // 2, self.limit + self._shortest.usual)

    def _try(self, now: float, other: int | None) -> None:
        """Try another limit, if no other flow tries one."""
        common = self._common
        if common.trying not in {None, self} and now < common.tries_until:
            return
        if other is None:
            self._rest(now)
            return
        self._tried_from = self.limit
        common.trying, common.tries_until = self, now + _TRIAL_SECONDS
        self._move(other)

    def _less(self, *, fell: bool) -> int | None:
        """A lower limit that might do, if there is one."""
        other = self.limit // 2
        needed = int(self._most * (self._shortest.value or 0.0) * _GAIN)
        if needed < self.limit * _TOLD:
            # Otherwise the round trip is one that waited in a queue, which says nothing.
            other = needed if fell else max(other, needed)
        other = max(other, self._shortest.usual)
        return other if other * _CLOSE < self.limit else None

    def _rest(self, now: float) -> None:
        self._settled = True
        self._upward = not self._upward
        # A line that changed may want more as well as less: a longer one is slower, too.
        self._content_until = now if self._unsure else now + _CONTENT_SECONDS
        self._unsure = False

    def _move(self, limit: int) -> None:
        # With more in flight, half of what was asked for before says enough: it is the same line.
        self._settling = self.in_flight // 2 if limit > self.limit else self.in_flight
        self.limit = limit

    def _why(self) -> Why:
        if not self.in_flight:
            return Why.IDLE
        if not (self._held_back or self._was_held_back):
            return Why.CLIENT
        if not self._settled:
            return Why.FILLING
        return Why.FULL if self._tried_from is None else Why.PROBING
