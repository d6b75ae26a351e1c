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
    assert sim.line.flow().in_flight == busy.climb.own.in_flight + idle.climb.own.in_flight
    assert sim.line.flow().rate > 0.8 * 50e6


def test_what_an_account_brought_stays_counted_when_it_is_gone():
    line = Line()
    first, second = Account(received=5), Account(received=7)
    line.join(first, 0.0)
    line.join(second, 0.0)
    assert line.received == 12
    line.leave(first)
    line.leave(first)
    second.received += 1
    assert line.received == 13


def test_an_account_that_leaves_while_it_tries_lets_others_try():
    line = Line()
    account = Account()
    line.trying = line.join(account, 0.0).own
    line.leave(account)
    assert line.trying is None


def filled(share, now=0.0):
    """Ask for as many articles as may be asked for; how many."""
    count = 0
    while share.admits(ARTICLE):
        assert share.room_for(ARTICLE) > 0
        share.sent(ARTICLE, now)
        count += 1
    assert share.room_for(ARTICLE) == 0
    return count


def taken_in_turn(*shares):
    """Let all ask for something, so that none has the line alone."""
    for share in shares:
        share.sent(ARTICLE, 0.0)
    for share in shares:
        share.lost(ARTICLE)


def test_all_accounts_together_have_a_limit_and_each_an_even_part_of_it():
    line = Line(8 * ARTICLE)
    first, second = (line.join(Account(), 0.0) for _ in range(2))
    for share in (first, second):
        share.own.limit = 100 * ARTICLE
    taken_in_turn(second, first)
    line.whole.limit = 8 * ARTICLE
    assert filled(first) == 8  # nobody else wants any
    assert filled(second) == 4
    for _ in range(3):
        first.answered(ARTICLE, 0.02, 0.1)
        assert filled(first) == 0  # it has more than its part
    first.lost(ARTICLE)
    first.lost(ARTICLE)
    assert filled(first) == 1
    for _ in range(4):
        second.lost(ARTICLE)
    assert filled(first) == 4


def test_one_answer_of_each_account_may_always_be_asked_for():
    line = Line(1)
    shares = [line.join(Account(), 0.0) for _ in range(5)]
    assert [filled(share) for share in shares] == [1] * 5


def test_who_has_had_the_line_alone_for_a_second_is_held_by_its_own_limit_only():
    line = Line(4 * ARTICLE)
    first, second = (line.join(Account(), 0.0) for _ in range(2))
    taken_in_turn(second, first)
    first.own.limit = 20 * ARTICLE
    assert filled(first, 0.0) == 4
    first.lost(ARTICLE)
    first.sent(ARTICLE, 1.1)
    assert filled(first, 1.1) == 16
    assert line.whole.limit == first.own.limit  # what it has found is what the line takes
    assert filled(second, 1.2) == 4  # its own limit
    first.lost(ARTICLE)
    assert filled(first, 1.2) == 0


def test_who_asks_first_has_the_line_alone():
    first = Line(4 * ARTICLE).join(Account(), 0.0)
    first.own.limit = 20 * ARTICLE
    assert filled(first) == 20


def test_an_account_that_all_together_hold_back_says_why():
    line = Line(4 * ARTICLE)
    first, second = (line.join(Account(), 0.0) for _ in range(2))
    taken_in_turn(second, first)
    for share in (first, second):
        share.own.limit = 20 * ARTICLE
    assert filled(first) == 4
    assert line.flow().why is first.flow().why is Why.FILLING
    assert second.flow().why is Why.IDLE
    assert line.flow().in_flight == 4 * ARTICLE
