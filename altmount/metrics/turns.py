"""What has changed about an account from one look to the next, for the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from altmount.nntp.breaker import BreakerState
from altmount.nntp.poolstate import AccountState, PoolState


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of the log."""

    level: int
    text: str
    fields: Mapping[str, object]


def turns(before: PoolState | None, now: PoolState) -> Iterator[Turn]:
    """What a person would ask about.

    Args:
        before: How the account stood at the last look; without it all was well.
        now: How it stands.
    """
    account = before.account if before else AccountState.OK
    breaker = before.breaker if before else BreakerState.CLOSED
    if now.account is not account:
        if now.account is AccountState.OK:
            yield Turn(logging.INFO, "a provider can be used again", {"was": str(account)})
        else:
            reason = {"state": str(now.account), "reason": now.trouble}
            yield Turn(logging.WARNING, "a provider cannot be used", reason)
    rests, rested = (one is not BreakerState.CLOSED for one in (now.breaker, breaker))
    if rests and not rested:
        why = {"reason": now.trouble}
        yield Turn(logging.WARNING, "a provider failed and is left alone for a while", why)
    elif rested and not rests:
        yield Turn(logging.INFO, "a provider is asked for articles again", {})
    if before is None or before.limit == now.limit:
        allowed = before.allowed if before else now.limit
        fields = {"allowed": now.allowed, "was": allowed, "limit": now.limit}
        if now.allowed < allowed:
            yield Turn(logging.WARNING, "a provider takes fewer connections", fields)
        elif now.allowed > allowed:
            yield Turn(logging.INFO, "more connections to a provider are tried", fields)
