"""Samples of a program that is not running."""

from __future__ import annotations

from datetime import UTC, datetime

from altmount.aio.climb import Flow, Why
from altmount.articles import Urgency
from altmount.histogram import Histogram
from altmount.metrics.sample import Account, Cache, Clients, Sample
from altmount.nntp.breaker import BreakerState
from altmount.nntp.poolstate import AccountState, PoolState, QuotaState
from altmount.nntp.provider import Provider
from altmount.nntp.tally import Tally


def account(name="primary", **state):
    values = {
        "account": AccountState.OK,
        "breaker": BreakerState.CLOSED,
        "dialling": 1,
        "idle": 2,
        "busy": 3,
        "draining": 4,
        "closing": 0,
        "taken": 10,
        "allowed": 10,
        "limit": 20,
        "waiting": (1, 2, 0, 3, 4, 5),
        "unanswered": 7,
        "bulk": Flow(rate=50.0, round_trip=0.25, limit=6, in_flight=5, why=Why.FULL),
        "quota": QuotaState(used=0, limit=0, resets_at=None),
        "trouble": "",
        **state,
    }
    assert len(values["waiting"]) == len(Urgency)
    return Account(Provider(name, "news.example", 563), Tally(), PoolState(**values))


def sample(accounts=(), *, sent=0, jobs=None):
    return Sample(
        version="1.2.3",
        started=datetime(2026, 1, 1, tzinfo=UTC),
        accounts=tuple(accounts),
        line=Flow(rate=70.0, round_trip=0.5, limit=9, in_flight=8, why=Why.PROBING),
        cache=Cache(100, 1000, 300, 4, 5, 6, {"memory": 7, "shared": 8, "provider": 9}),
        clients=Clients({"files": 1}, {"files": 2, "stream": 3}, sent),
        jobs=jobs or {"queued": 1, "failed": 2},
        lag=Histogram((0.1,)),
    )
