from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from altmount.aio.budget import ByteBudget
from altmount.metrics.turns import turns
from altmount.nntp.breaker import BreakerState
from altmount.nntp.poolstate import AccountState
from altmount.nntp.provider import Provider
from altmount.nntp.providers import Providers


@pytest.fixture
async def well():
    async with Providers(ByteBudget(1 << 20)) as providers:
        providers.apply([Provider("one", "h", 119, max_connections=8)])
        yield providers.pools[0].state


def told(before, now):
    return [(turn.level, turn.text) for turn in turns(before, now)]


async def test_nothing_is_told_while_nothing_changes(well):
    ill = replace(well, account=AccountState.REFUSING, breaker=BreakerState.OPEN, allowed=3)
    assert told(None, well) == told(well, well) == told(ill, ill) == []
    assert told(well, replace(well, busy=3, idle=1)) == []


async def test_an_account_that_is_lost_and_comes_back(well):
    lost = replace(well, account=AccountState.QUOTA_USED_UP, trouble="its quota is used up")
    [turn] = turns(None, lost)
    assert (turn.level, turn.text) == (logging.WARNING, "a provider cannot be used")
    assert turn.fields == {"state": "quota used up", "reason": "its quota is used up"}
    assert told(lost, well) == [(logging.INFO, "a provider can be used again")]


async def test_a_breaker_that_opens_tries_and_closes(well):
    open_, trying = (
        replace(well, breaker=state) for state in (BreakerState.OPEN, BreakerState.HALF_OPEN)
    )
    assert told(well, open_) == [
        (logging.WARNING, "a provider failed and is left alone for a while")
    ]
    assert told(open_, trying) == told(trying, open_) == []
    assert told(trying, well) == [(logging.INFO, "a provider is asked for articles again")]


async def test_connections_that_are_refused_and_tried(well):
    fewer = replace(well, allowed=3)
    assert told(well, fewer) == [(logging.WARNING, "a provider takes fewer connections")]
    assert told(fewer, replace(well, allowed=4)) == [
        (logging.INFO, "more connections to a provider are tried")
    ]
    assert told(well, replace(well, allowed=5, limit=5)) == []  # the settings say so
