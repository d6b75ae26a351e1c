from __future__ import annotations

import asyncio
import json

from altmount.newsserver import counters as module
from altmount.newsserver.counters import Counters


def test_connections_are_counted_now_in_all_and_at_most():
    counters = Counters()
    for change in (
        counters.connected,
        counters.connected,
        counters.disconnected,
        counters.connected,
    ):
        change()
    counters.refused()
    now = counters.now
    assert (now.connections, now.connections_accepted, now.connections_peak) == (2, 3, 2)
    assert now.connections_refused == 1


def test_commands_are_counted_by_kind_and_by_article():
    counters = Counters()
    for kind, message_id in [
        ("BODY", "a"),
        ("ARTICLE", "a"),
        ("STAT", "b"),
        ("QUIT", ""),
        ("BODY", ""),
    ]:
        counters.arrived(kind, message_id)
    now = counters.now
    assert now.commands == {"BODY": 2, "ARTICLE": 1, "STAT": 1, "QUIT": 1}
    assert now.body_requests == {"a": 2}
    assert now.stat_requests == {"b": 1}
    assert (now.in_flight, now.bodies_in_flight) == (5, 3)
    counters.answered("BODY")
    counters.answered("QUIT")
    assert (now.in_flight, now.bodies_in_flight) == (3, 2)
    assert (now.in_flight_peak, now.bodies_in_flight_peak) == (5, 3)


def test_a_client_that_makes_up_message_ids_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(module, "MOST_ARTICLES", 3)
    counters = Counters()
    for n in range(10):
        counters.arrived("STAT", str(n))
    counters.arrived("STAT", "1")
    assert counters.now.stat_requests == {"0": 1, "1": 2, "2": 1}
    assert counters.now.commands["STAT"] == 11


def test_a_reset_keeps_what_is_going_on():
    counters = Counters()
    counters.connected()
    counters.connected()
    counters.disconnected()
    counters.arrived("BODY", "a")
    counters.held(1)
    counters.sent(100)
    counters.body_sent()
    counters.reset()
    now = counters.now
    assert (now.connections, now.connections_peak, now.connections_accepted) == (1, 1, 0)
    assert (now.in_flight, now.in_flight_peak, now.bodies_in_flight_peak, now.held) == (1, 1, 1, 1)
    assert (now.bytes_sent, now.bodies_sent) == (0, 0)
    assert not now.commands
    assert not now.body_requests


def test_a_snapshot_fits_into_json():
    counters = Counters()
    counters.arrived("BODY", "a")
    snapshot = json.loads(json.dumps(counters.now.snapshot()))
    assert snapshot["body_requests"] == {"a": 1}
    assert snapshot["in_flight"] == 1


async def test_a_test_can_wait_until_something_is_so():
    counters = Counters()
    await counters.until(lambda now: now.held == 0)
    waits = asyncio.create_task(counters.until(lambda now: now.held == 2))
    await asyncio.sleep(0)
    counters.held(1)
    await asyncio.sleep(0)
    assert not waits.done()
    counters.held(1)
    counters.held(-1)
    await waits


async def test_giving_up_waiting_leaves_nothing_behind():
    counters = Counters()
    waits = asyncio.create_task(counters.until(lambda now: now.held == 2))
    await asyncio.sleep(0)
    waits.cancel()
    await asyncio.wait([waits])
    assert counters._watchers == []
