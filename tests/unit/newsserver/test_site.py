from __future__ import annotations

import dataclasses

from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.newsserver.site import Site
from altmount.newsserver.spool import Spool

ONCE = Knobs(faults=(Fault(FaultKind.MISSING, first=1),))


def test_turning_another_knob_does_not_make_a_fault_strike_again():
    site = Site(ONCE, Spool())
    assert site.faults.strike("BODY", "a")
    site.knobs = dataclasses.replace(ONCE, latency=1.0)
    assert not site.faults.strike("BODY", "a")


def test_new_faults_start_afresh():
    site = Site(ONCE, Spool())
    site.faults.strike("BODY", "a")
    site.knobs = Knobs()
    site.knobs = ONCE
    assert site.faults.strike("BODY", "a")


def test_a_line_that_is_in_use_is_replaced_only_by_another_rate():
    site = Site(Knobs(total_rate=1000), Spool())
    line = site.line
    site.knobs = Knobs(total_rate=1000, latency=1.0)
    assert site.line is line
    site.knobs = Knobs(total_rate=2000)
    assert site.line.rate == 2000


def test_jitter_is_added_to_the_latency():
    site = Site(Knobs(latency=1.0), Spool())
    assert site.latency() == 1.0
    site.knobs = Knobs(latency=1.0, jitter=0.5)
    latencies = [site.latency() for _ in range(100)]
    assert 1.0 <= min(latencies) < 1.1
    assert 1.4 < max(latencies) <= 1.5
