"""What is measured, as values of one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from altmount.aio.climb import Flow
from altmount.articles import Urgency
from altmount.histogram import Histogram
from altmount.nntp.poolstate import PoolState
from altmount.nntp.provider import Provider
from altmount.nntp.tally import Tally


@dataclass(frozen=True, slots=True)
class Account:
    """One account with a provider."""

    provider: Provider
    tally: Tally
    state: PoolState


@dataclass(frozen=True, slots=True)
class Cache:
    """Articles in memory."""

    used_bytes: int
    """Of the budget: articles that are here, and those that come."""

    limit_bytes: int
    most_bytes: int
    kept: int
    """Articles that nobody reads, kept for who comes back."""

    ahead: int
    """Articles that were read ahead and not used yet."""

    coming: int
    requests: Mapping[str, int]
    """Articles that were asked for, by where they came from: ``memory``, ``shared`` (with a
    fetch that was under way) or ``provider``."""


@dataclass(frozen=True, slots=True)
class Clients:
    """What is sent to players."""

    open: Mapping[str, int]
    """Streams that are being sent, by door."""

    opened: Mapping[str, int]
    """Streams there were since the program started, by door."""

    sent_bytes: int


@dataclass(frozen=True, slots=True)
class Sample:
    """Everything."""

    version: str
    started: datetime
    accounts: tuple[Account, ...]
    line: Flow
    """Bulk of all accounts together."""

    cache: Cache
    clients: Clients
    jobs: Mapping[str, int]
    """Imports in the database, by status."""

    lag: Histogram

    @property
    def amplification(self) -> float | None:
        """Decoded bytes that providers sent for players, a byte that players took.

        ``None`` while they took nothing.
        """
        if not self.clients.sent_bytes:
            return None
        players = slice(Urgency.PLAYBACK_LATER + 1)
        fetched = sum(sum(account.tally.decoded_bytes[players]) for account in self.accounts)
        return fetched / self.clients.sent_bytes
