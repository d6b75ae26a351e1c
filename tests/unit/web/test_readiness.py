from __future__ import annotations

from altmount.web.readiness import Readiness, Stage


def test_it_starts_becomes_ready_and_may_fail():
    readiness = Readiness()
    assert (readiness.stage, readiness.ready) == (Stage.STARTING, False)
    assert readiness.reason
    readiness.be_ready()
    assert (readiness.stage, readiness.ready, readiness.reason) == (Stage.READY, True, "")
    readiness.fail("the disk is full")
    assert (readiness.ready, readiness.reason) == (False, "the disk is full")
    readiness.be_ready()
    assert readiness.ready
