from __future__ import annotations

from altmount.aio.climb import Why
from altmount.nntp.line import Line
from tests.support.flows import ARTICLE, Account, SimulatedLine


def test_all_accounts_together_are_what_the_busy_ones_are():
    busy, idle = Account(), Account(wants=0)
    sim = SimulatedLine(busy, idle, rate=50e6)
    assert sim.line.flow().why is Why.IDLE
    sim.run(10)
    one, all_ = busy.climb.flow(), sim.line.flow()
    assert (all_.rate, all_.limit, all_.in_flight) == (one.rate, one.limit, one.in_flight)
    idle.wants = 10**9
    sim.run(10)
    assert sim.line.flow().limit == busy.climb.limit + idle.climb.limit
    assert sim.line.flow().rate > 0.8 * 50e6


def test_what_an_account_brought_stays_counted_when_it_is_gone():
    line = Line()
    first, second = Account(received=5), Account(received=7)
    line.join(first, ARTICLE, 0.0)
    line.join(second, ARTICLE, 0.0)
    assert line.received == 12
    line.leave(first)
    line.leave(first)
    second.received += 1
    assert line.received == 13


def test_an_account_that_leaves_while_it_tries_lets_others_try():
    line = Line()
    account = Account()
    line.trying = line.join(account, ARTICLE, 0.0)
    line.leave(account)
    assert line.trying is None
