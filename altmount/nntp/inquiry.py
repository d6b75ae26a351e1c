"""An inquiry: what the providers have said so far about one article, and whom to ask next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from altmount.articles import (
    ArticleDamagedError,
    ArticleMissingError,
    ArticleUnavailableError,
    MessageId,
    Urgency,
)
from altmount.errors import AltmountError
from altmount.nntp.pool import Pool
from altmount.nntp.status import Outcome
from altmount.nntp.straggler import Watch

# How often an account that could not even be asked is tried, so that an inquiry comes to an end.
_MOST_TRIES = 8
# Asking all at once costs commands that may be needless; for fewer it saves too little time.
_RACERS = 3


class Failure(NamedTuple):
    """What one provider could not do."""

    pool: Pool
    reason: str


class Inquiry:
    """Decides, without waiting, from what was said."""

    def __init__(self, message_id: MessageId, urgency: Urgency) -> None:
        self.message_id = message_id
        self.urgency = urgency
        """Of what is asked next; it may rise while the inquiry goes on."""
        self.watch: Watch | None = None
        """What looks after the article on its way."""
        self.hurried = False
        """The last failure was a deadline, which has cost time enough."""
        self._tried: dict[Pool, int] = {}
        self._raced: set[Pool] = set()
        self._lacking: set[str] = set()
        self._wrong: list[str] = []
        self._failed: dict[Pool, str] = {}
        self._asked_again = False

    def notice(self) -> None:
        """Have it looked after, if a player has come to it."""
        if self.watch is not None and self.urgency <= Urgency.PLAYBACK_AHEAD:
            self.watch.awaited()

    def missing(self, storage: str) -> None:
        """All accounts of a storage lack the article."""
        self._lacking.add(storage)

    def asked(self, pool: Pool) -> None:
        """A provider was asked, and has come to an answer or to none."""
        self._tried[pool] = self._tried.get(pool, 0) + 1

    def note(self, pool: Pool, outcome: Outcome, reason: str, *, sent: bool) -> None:
        """A provider did not serve it.

        Args:
            pool: Its pool.
            outcome: What came of asking.
            reason: In words.
            sent: Whether the server was asked at all.
        """
        again = self._failed.pop(pool, None) is not None
        if outcome is Outcome.MISSING:
            self.missing(pool.provider.storage)
        elif outcome is Outcome.WRONG:
            self._wrong.append(f"{pool.provider.label}: {reason}")
        else:
            self._failed[pool] = reason
        if sent and again:
            self._asked_again = True

    def next(self, pools: Iterable[Pool]) -> Pool | None:
        """Whom to ask of those who were not asked, if any is left."""
        return next((pool for pool in pools if self._unasked(pool)), None)

    def race(self, main: Iterable[Pool], backup: Iterable[Pool]) -> list[Pool]:
        """Whom to ask all at once whether they have it, one of each storage.

        Nobody, but when some provider lacks it and three or more of a tier are left. Backups have
        to wait until all main providers were asked.
        """
        if not self._lacking:
            return []
        pools = backup if self.next(main) is None else main
        found: dict[str, Pool] = {}
        for pool in pools:
            if self._unasked(pool) and pool not in self._raced:
                found.setdefault(pool.provider.storage, pool)
        if len(found) < _RACERS:
            return []
        self._raced.update(found.values())
        return list(found.values())

    def second_chance(self, now: float) -> tuple[Pool | None, float]:
        """Whom to ask again of those who failed.

        One that was asked and failed is asked again once in an inquiry; one that could not be
        asked may be tried more often, for as long as there is hope for it.

        Returns:
            Whom, if it can be done now; else until when to wait for one, 0 for not at all.
        """
        if self._asked_again:
            return None, 0.0
        hope = 0.0
        for pool in self._failed:
            if pool.retired or pool in self._raced or pool.provider.storage in self._lacking:
                continue
            tries = self._tried[pool]
            if pool.refusal is None:
                if tries == 1 or (tries < _MOST_TRIES and now < pool.hope_until):
                    return pool, 0.0
            elif tries < _MOST_TRIES:
                hope = max(hope, pool.hope_until)
        return None, hope if hope > now else 0.0

    def error(self, pools: Sequence[Pool]) -> AltmountError:
        """What it comes to. Missing means that every provider there is said so."""
        failed = [
            Failure(pool, reason)
            for pool, reason in self._failed.items()
            if pool in pools and pool.provider.storage not in self._lacking
        ]
        if failed:
            reasons = "; ".join(f"{pool.provider.label}: {reason}" for pool, reason in failed)
            return ArticleUnavailableError(self.message_id, reasons)
        if self._wrong:
            return ArticleDamagedError(self.message_id, "; ".join(self._wrong))
        return ArticleMissingError(self.message_id)

    def _unasked(self, pool: Pool) -> bool:
        return pool not in self._tried and pool.provider.storage not in self._lacking
