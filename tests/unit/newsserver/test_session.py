from __future__ import annotations

import asyncio
import dataclasses

import pytest

from altmount.aio.scope import TaskScope
from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.newsserver.posting import Envelope
from altmount.newsserver.session import _MOST_QUEUED
from altmount.newsserver.site import Site
from altmount.newsserver.spool import Spool
from altmount.newsserver.synthetic import SyntheticPosting
from tests.unit.newsserver.wire import Wire, on_jumping_clock, settled

GREETING = b"200 altmount news server\r\n"
POSTING = SyntheticPosting(1, 10_000_000_000, Envelope(100_000))


def ask(number, word="BODY"):
    return f"{word} <{POSTING.message_id(number)}>\r\n".encode()


def body(number):
    opening = f"222 0 <{POSTING.message_id(number)}>\r\n".encode()
    return opening + b"".join(POSTING.body(number)) + b".\r\n"


def conversation(knobs, work, **values):
    """Run ``work(wire, site)`` on a connection, on a clock that jumps."""

    async def run():
        site = Site(knobs, Spool())
        async with TaskScope() as scope:
            wire = Wire.to(site, scope, **values)
            result = await work(wire, site)
            wire.abort()
            await settled()
        now = site.counters.now
        assert (now.connections, now.in_flight, now.bodies_in_flight, now.held) == (0, 0, 0, 0)
        return result

    return on_jumping_clock(run)


def times(wire):
    return [at for at, _ in wire.writes]


def test_pipelined_commands_are_answered_in_order():
    async def work(wire, _site):
        wire.session.data_received(b"DATE\r\n" + ask(1) + ask(3, "STAT") + ask(2)[:10])
        await settled()
        wire.session.data_received(ask(2)[10:])
        await settled()
        return wire.text

    text = conversation(Knobs(), work)
    stat = f"223 0 <{POSTING.message_id(3)}>\r\n".encode()
    assert text.startswith(GREETING + b"111 ")
    assert text.endswith(body(1) + stat + body(2))


def test_the_waits_of_pipelined_commands_overlap():
    async def work(wire, _site):
        await asyncio.sleep(10)
        wire.session.data_received(ask(1) + ask(2) + ask(3))
        await asyncio.sleep(1)
        wire.session.data_received(ask(4))
        await asyncio.sleep(5)
        return times(wire)

    assert conversation(Knobs(latency=2.0), work) == pytest.approx([2, 12, 12, 12, 13])


def test_jitter_never_changes_the_order():
    async def work(wire, _site):
        wire.session.data_received(b"".join(map(ask, range(1, 20))))
        await asyncio.sleep(10)
        return wire.text, times(wire)

    text, at = conversation(Knobs(latency=1.0, jitter=1.0), work)
    assert text == GREETING + b"".join(map(body, range(1, 20)))
    assert at == sorted(at)
    assert at[-1] <= 4


@pytest.mark.parametrize("knob", ["connection_rate", "total_rate"])
def test_a_rate_is_kept(knob):
    async def work(wire, site):
        site.knobs = Knobs(**{knob: 1_000_000.0})
        wire.session.data_received(b"".join(map(ask, range(1, 11))))
        await asyncio.sleep(60)
        size = len(wire.text) - len(GREETING)
        assert size > 1_000_000
        return size / 1_000_000, times(wire)[-1]

    expected, last = conversation(Knobs(), work)
    assert last == pytest.approx(expected, rel=0.02)


def test_connections_share_the_total_rate_fairly():
    async def work():
        site = Site(Knobs(total_rate=1_000_000.0), Spool())
        async with TaskScope() as scope:
            wires = [Wire.to(site, scope) for _ in range(4)]
            for wire in wires:
                wire.session.data_received(b"".join(map(ask, range(1, 11))))
            await asyncio.sleep(2)
            sent = [len(wire.text) for wire in wires]
            for wire in wires:
                wire.abort()
            await settled()
        return sent

    sent = on_jumping_clock(work)
    assert sum(sent) == pytest.approx(2_000_000, rel=0.02)
    assert min(sent) > 0.95 * max(sent)


def test_a_client_that_does_not_read_is_sent_no_more_than_an_article():
    async def work(wire, site):
        wire.session.data_received(b"".join(map(ask, range(1, 101))))
        await asyncio.sleep(100)
        assert wire.peak <= len(GREETING) + len(body(1)) + 1000
        assert site.counters.now.bodies_in_flight == 100
        for _ in range(100):
            wire.take()
            await settled()
        return wire.text, wire.peak

    text, peak = conversation(Knobs(), work, most_unread=65536)
    assert text == GREETING + b"".join(map(body, range(1, 101)))
    assert peak < 1.1 * len(body(1))


def test_a_client_that_does_not_read_is_not_heard_for_ever_either():
    async def work(wire, site):
        wire.session.data_received(ask(1))
        await settled()
        heard = 0
        while wire.reading:
            wire.session.data_received(b"DATE\r\n" * 100)
            heard += 100
        assert heard <= _MOST_QUEUED + 100
        wire.take()
        await settled()
        assert site.counters.now.in_flight == 0
        return wire.reading

    assert conversation(Knobs(), work, most_unread=65536)


@pytest.mark.parametrize(("at", "sent"), [(0, 0), (50_000, 50_000), (10**9, len(body(2)))])
@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.RESET])
def test_a_connection_breaks_where_it_is_told(kind, at, sent):
    async def work(wire, _site):
        wire.session.data_received(ask(1) + ask(2) + ask(3))
        await settled()
        assert wire.aborted is (kind is FaultKind.RESET)
        assert wire.closed_at is not None
        return wire.text

    knobs = Knobs(faults=(Fault(kind, POSTING.message_id(2), at=at),))
    assert conversation(knobs, work) == GREETING + body(1) + body(2)[:sent]


def test_an_answer_that_stalls_goes_on_after_its_time():
    async def work(wire, site):
        wire.session.data_received(ask(1) + ask(2))
        await asyncio.sleep(5)
        assert wire.text == GREETING + body(1)[:1000]
        assert site.counters.now.stalled == 1
        await asyncio.sleep(5)
        return wire.text, site.counters.now.stalled

    knobs = Knobs(faults=(Fault(FaultKind.STALL, POSTING.message_id(1), at=1000, seconds=8.0),))
    assert conversation(knobs, work) == (GREETING + body(1) + body(2), 0)


def test_an_answer_that_stalls_for_ever_ends_with_its_connection():
    async def work(wire, _site):
        wire.session.data_received(ask(1) + ask(2))
        await asyncio.sleep(10**6)
        return wire.text

    knobs = Knobs(faults=(Fault(FaultKind.STALL, POSTING.message_id(1), at=0),))
    assert conversation(knobs, work) == GREETING


def test_an_article_can_take_longer_than_others_and_holds_up_those_behind_it():
    async def work(wire, _site):
        wire.session.data_received(ask(1) + ask(2) + ask(3))
        await asyncio.sleep(10)
        return times(wire)

    knobs = Knobs(latency=1.0, faults=(Fault(FaultKind.DELAY, POSTING.message_id(2), seconds=3.0),))
    assert conversation(knobs, work) == pytest.approx([1, 1, 4, 4])


def test_an_answer_waits_at_its_gate():
    async def work(wire, site):
        wire.session.data_received(ask(1))
        await asyncio.sleep(100)
        assert site.counters.now.held == 1
        assert wire.text == GREETING
        site.gates.release("a")
        await settled()
        return wire.text

    knobs = Knobs(faults=(Fault(FaultKind.HOLD, gate="a"),))
    assert conversation(knobs, work) == GREETING + body(1)


def test_a_silent_server_says_nothing():
    async def work(wire, _site):
        wire.session.data_received(b"DATE\r\n")
        await asyncio.sleep(10**6)
        return wire.text, wire.closed_at

    assert conversation(Knobs(silent_greeting=True), work) == (b"", None)


def test_a_silent_login_is_never_answered():
    async def work(wire, _site):
        wire.session.data_received(b"AUTHINFO USER a\r\nAUTHINFO PASS b\r\nDATE\r\n")
        await asyncio.sleep(10**6)
        return wire.text

    assert conversation(Knobs(silent_login=True), work) == GREETING + b"381 and the password?\r\n"


def test_a_connection_is_closed_after_so_many_answers():
    async def work(wire, _site):
        wire.session.data_received(b"NOTHING\r\n" * 5)
        await settled()
        assert wire.closed_at is not None
        return wire.text

    assert conversation(Knobs(close_after=3), work) == GREETING + b"500 unknown command\r\n" * 3


def test_an_idle_connection_is_closed():
    async def work(wire, _site):
        await asyncio.sleep(8)
        wire.session.data_received(b"NOTHING\r\n")
        await asyncio.sleep(30)
        return wire.closed_at

    assert conversation(Knobs(idle_timeout=10.0), work) == pytest.approx(18)


def test_a_greeting_that_refuses_ends_the_connection():
    async def work(wire, _site):
        await settled()
        return wire.text[:3], wire.closed_at is not None

    assert conversation(Knobs(greeting_code=400), work) == (b"400", True)


def test_a_connection_beyond_the_cap_is_refused_and_frees_no_place():
    async def work():
        site = Site(Knobs(connection_cap=1, latency=1.0), Spool())
        async with TaskScope() as scope:
            first, second = (Wire.to(site, scope) for _ in range(2))
            second.session.data_received(b"DATE\r\n")  # it has not read its greeting yet
            assert site.counters.now.in_flight == 0
            await asyncio.sleep(2)
            assert second.text == b"502 too many connections\r\n"
            assert second.closed_at == pytest.approx(1)
            now = site.counters.now
            assert (now.connections, now.connections_refused, now.in_flight) == (1, 1, 0)
            first.session.data_received(b"QUIT\r\n")
            await asyncio.sleep(2)
            third = Wire.to(site, scope)
            await asyncio.sleep(2)
            assert third.text == GREETING
            third.abort()
            await settled()

    on_jumping_clock(work)


def test_a_connection_that_is_lost_before_it_began_is_counted_out():
    async def work():
        site = Site(Knobs(), Spool())
        async with TaskScope() as scope:
            wire = Wire.to(site, scope)
            wire.session.data_received(b"DATE\r\n")
            wire.session.connection_lost(None)
            await settled()
        return site.counters.now

    now = on_jumping_clock(work)
    assert (now.connections, now.in_flight) == (0, 0)


def test_knobs_that_are_turned_are_felt_by_open_connections():
    async def work(wire, site):
        wire.session.data_received(b"DATE\r\n")
        await asyncio.sleep(5)
        site.knobs = dataclasses.replace(site.knobs, latency=3.0)
        wire.session.data_received(b"DATE\r\n")
        await asyncio.sleep(5)
        return times(wire)

    assert conversation(Knobs(), work) == pytest.approx([0, 0, 8])


def test_what_was_sent_is_counted():
    async def work(wire, site):
        wire.session.data_received(ask(1) + ask(2, "STAT") + b"BODY <none>\r\n")
        await settled()
        now = site.counters.now
        assert now.bytes_sent == len(wire.text)
        assert (now.bodies_sent, now.bodies_in_flight_peak) == (1, 2)
        return dict(now.commands)

    assert conversation(Knobs(), work) == {"BODY": 2, "STAT": 1}


def test_a_defect_of_ours_closes_the_connection_and_is_logged(monkeypatch, caplog):
    def fails(*_):
        raise RuntimeError("oops")

    async def work(wire, site):
        monkeypatch.setattr(site.spool, "find", fails)
        wire.session.data_received(ask(1))
        await settled()
        return wire.closed_at is not None

    assert conversation(Knobs(), work)
    assert "a connection failed" in caplog.text
