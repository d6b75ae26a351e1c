from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from altmount.nntp.breaker import Breaker, BreakerState


def fail(breaker, times, now=0.0):
    """Fail as often as that, each time as soon as it may be tried."""
    for _ in range(times):
        now = max(now, breaker.rests_until) + 0.001
        breaker.dialling()
        breaker.failed(now, now)
    return now


def test_three_failures_in_a_row_open_it_and_an_answer_closes_it():
    breaker = Breaker()
    fail(breaker, 2)
    assert breaker.state is BreakerState.CLOSED
    breaker.worked()
    fail(breaker, 2, 100.0)
    assert breaker.state is BreakerState.CLOSED
    fail(breaker, 1, 200.0)
    assert breaker.state is BreakerState.OPEN
    breaker.worked()
    assert breaker.state is BreakerState.CLOSED
    assert breaker.failing_since is None


def test_after_the_rest_one_trial_is_let_through():
    breaker = Breaker()
    now = fail(breaker, 3)
    assert not breaker.may_dial(now)
    assert breaker.may_dial(breaker.rests_until)
    breaker.dialling()
    assert breaker.state is BreakerState.HALF_OPEN
    assert not breaker.may_dial(breaker.rests_until + 1000)
    breaker.failed(now + 1, now + 1)
    assert breaker.state is BreakerState.OPEN


def test_what_was_dialled_together_fails_once():
    breaker = Breaker()
    for index in range(20):
        breaker.failed(1.0, 2.0 + index / 100)
    assert breaker.failures == 1
    assert breaker.state is BreakerState.CLOSED


def test_it_is_tried_every_other_second_for_a_minute_and_then_rarely():
    breaker, now, rests = Breaker(), 0.0, []
    for _ in range(60):
        now = max(now, breaker.rests_until) + 0.001
        breaker.failed(now, now)
        rests.append(breaker.rests_until - now)
    early = list(rests[:30])
    assert early[:4] == pytest.approx([0.05, 0.1, 0.2, 0.4])
    assert max(early) == pytest.approx(2.0)
    assert rests[-1] == pytest.approx(30.0)


def test_what_is_not_its_own_fault_does_not_open_it():
    breaker = Breaker()
    breaker.excused = True
    now = fail(breaker, 10)
    assert breaker.state is BreakerState.CLOSED
    breaker.revive(now)
    assert breaker.may_dial(now)
    assert breaker.state is BreakerState.CLOSED
    fail(breaker, 1, now)
    assert breaker.state is BreakerState.OPEN  # that one was


class Lives(RuleBasedStateMachine):
    """Whatever happens, in whatever order."""

    def __init__(self):
        super().__init__()
        self.breaker = Breaker()
        self.now = 0.0
        self.dialled = []

    @rule(seconds=st.floats(0, 100))
    def wait(self, seconds):
        self.now += seconds

    @precondition(lambda self: self.breaker.may_dial(self.now))
    @rule()
    def dial(self):
        self.breaker.dialling()
        self.dialled.append(self.now)

    @precondition(lambda self: self.dialled)
    @rule(spread=st.floats(0.5, 1.5))
    def fail(self, spread):
        self.breaker.failed(self.dialled.pop(0), self.now, spread)

    @precondition(lambda self: self.dialled)
    @rule()
    def work(self):
        self.dialled.pop(0)
        self.breaker.worked()

    @rule()
    def excuse(self):
        self.breaker.excused = True

    @rule()
    def revive(self):
        self.breaker.revive(self.now)

    @invariant()
    def it_is_tried_again_some_day(self):
        breaker = self.breaker
        assert breaker.rests_until - self.now <= 45.0
        if not self.dialled:
            assert breaker.state is not BreakerState.HALF_OPEN
            assert breaker.may_dial(self.now + 46.0)

    @invariant()
    def it_knows_whether_it_fails(self):
        assert (self.breaker.failures > 0) == (self.breaker.failing_since is not None)


TestLives = Lives.TestCase


@given(st.lists(st.booleans(), max_size=30))
def test_it_is_open_exactly_after_three_failures_in_a_row(fates):
    breaker, now, row = Breaker(), 0.0, 0
    for works in fates:
        now = max(now, breaker.rests_until) + 1
        if works:
            breaker.worked()
            row = 0
        else:
            breaker.failed(now, now)
            row += 1
        assert (breaker.state is BreakerState.OPEN) == (row >= 3)
