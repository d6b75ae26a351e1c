from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altmount.aio.climb import Climb, Why
from altmount.nntp.line import Line
from tests.support.flows import ARTICLE, Account, SimulatedLine

round_trips = st.sampled_from([0.005, 0.02, 0.08, 0.2])
MB = 10**6


def limit(sim):
    [account] = sim.accounts
    return account.climb.own.limit / ARTICLE


@given(round_trips, st.sampled_from([5 * MB, 20 * MB, 50 * MB, 150 * MB]))
@settings(max_examples=16)
def test_a_line_is_kept_busy_and_not_fuller_than_it_must_be(round_trip, rate):
    sim = SimulatedLine(Account(round_trip), rate=rate)
    sim.run(10)
    limits = []
    assert sim.run(15, lambda: limits.append(limit(sim))) > 0.85 * rate
    assert sorted(limits)[len(limits) // 2] <= 6 * (1 + round_trip * rate / ARTICLE)


@given(round_trips, st.sampled_from([4, 20, 50]))
@settings(max_examples=12)
def test_where_each_connection_is_limited_all_of_them_carry_the_bulk(round_trip, connections):
    sim = SimulatedLine(Account(round_trip, connections, connection_rate=3 * MB))
    sim.run(10)
    most = connections * ARTICLE / (ARTICLE / (3 * MB) + round_trip)
    assert sim.run(10) > 0.9 * most
    assert sim.line.flow().why in {Why.FULL, Why.PROBING}


def test_where_both_are_limited_no_more_connections_carry_it_than_the_line_can_use():
    sim = SimulatedLine(Account(connection_rate=3 * MB), rate=30 * MB)
    sim.run(10)
    limits = []
    delivered = sim.run(20, lambda: limits.append(sim.accounts[0].climb.own.limit / ARTICLE))
    assert delivered > 0.9 * 30 * MB
    assert sorted(limits)[len(limits) // 2] <= 20  # with 10 in flight it is just full


@pytest.mark.parametrize("connection_rate", [float("inf"), 3 * MB])
def test_a_line_that_grows_tenfold_is_full_again_within_seconds(connection_rate):
    sim = SimulatedLine(Account(connection_rate=connection_rate), rate=6 * MB)
    sim.run(20)
    sim.rate = 60 * MB
    sim.run(3)
    assert sim.run(5) > 0.9 * 54 * MB


def test_a_line_that_becomes_longer_has_more_in_flight_within_a_second_or_two():
    sim = SimulatedLine(Account(0.001), rate=100 * MB)
    sim.run(10)
    sim.accounts[0].round_trip = 0.1
    sim.run(2)
    assert sim.run(5) > 0.8 * 100 * MB


@pytest.mark.parametrize("connection_rate", [float("inf"), 3 * MB])
def test_a_line_that_shrinks_tenfold_soon_has_little_in_flight(connection_rate):
    sim = SimulatedLine(Account(connection_rate=connection_rate), rate=60 * MB)
    sim.run(20)
    sim.rate = 6 * MB
    sim.run(6)
    assert limit(sim) <= 6  # what the line needs, in one step rather than by halves
    assert sim.run(10) > 0.85 * 6 * MB
    # What a seek waits for, in seconds.
    assert sim.accounts[0].climb.own.in_flight / sim.rate < 1.5


def test_connections_that_are_lost_give_their_bytes_back():
    sim = SimulatedLine(Account(connections=20, connection_rate=3 * MB))
    sim.run(5)
    [account] = sim.accounts
    for flight in account.flights[:12]:
        account.climb.lost(flight.size)
    del account.flights[:12]
    account.connections = 8
    for flight in account.flights[:8]:
        flight.queued = False
    assert account.climb.own.in_flight == sum(flight.size for flight in account.flights)
    sim.run(10)
    assert sim.run(10) > 0.9 * 8 * 2.7 * MB


@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.parametrize("round_trip", [0.005, 0.02, 0.08])
def test_accounts_that_share_a_line_do_not_crowd_it(count, round_trip):
    sim = SimulatedLine(*[Account(round_trip) for _ in range(count)], rate=30 * MB)
    sim.run(30)
    limits = []
    delivered = sim.run(20, lambda: limits.append(sim.line.whole.in_flight / ARTICLE))
    assert delivered > 0.8 * 30 * MB  # while the accounts try, the line does, too
    assert sorted(limits)[len(limits) // 2] <= 6 * (1 + round_trip * 30 * MB / ARTICLE) + count


def test_accounts_with_lines_of_their_own_fill_them_all():
    capped = Account(connection_rate=3 * MB)
    far = Account(0.2, rate=20 * MB)
    sim = SimulatedLine(capped, far, rate=200 * MB)
    sim.run(20)
    assert sim.run(20) > 0.85 * 75 * MB


def test_what_was_never_held_back_says_nothing():
    account = Account()
    climb, now = Line(4 * ARTICLE).join(account, 0.0).own, 0.0
    for _ in range(1000):
        assert climb.admits(ARTICLE)
        climb.sent(ARTICLE, now)
        now += 0.01
        account.received += ARTICLE
        climb.answered(ARTICLE, 0.01, now)
    assert climb.limit == 4 * ARTICLE
    assert climb.rate == pytest.approx(ARTICLE / 0.01, rel=0.01)


def test_a_pause_is_not_taken_for_a_slow_line():
    sim = SimulatedLine(Account(), rate=50 * MB)
    sim.run(10)
    [account] = sim.accounts
    account.wants = 0
    sim.run(5)
    before = account.climb.own.rate
    account.wants = 10**9
    rates = []
    sim.run(1.5, lambda: rates.append(account.climb.own.rate))
    assert min(rates) > 0.5 * before


def test_what_was_asked_for_under_another_limit_and_lost_is_not_waited_for():
    """A new limit is judged by what was asked for under it: by as many answers as it lets go."""

    class Flow:
        def __init__(self):
            self.account, self.now = Account(), 0.0
            self.climb = Line(4 * ARTICLE).join(self.account, 0.0).own

        def answers(self):
            """Let answers come, one by one, until the limit is another one; how many they were."""
            before, count = self.climb.limit, 0
            while self.climb.limit == before:
                while self.climb.admits(ARTICLE):
                    self.climb.sent(ARTICLE, self.now)
                count += 1
                self.now += 0.5 * ARTICLE / before  # the more in flight, the faster
                self.account.received += ARTICLE
                self.climb.answered(ARTICLE, 0.02, self.now)
            return count

    kept, lossy = Flow(), Flow()
    for flow in (kept, lossy):
        assert flow.answers() == 4
    while lossy.climb.in_flight:  # its connections end
        lossy.climb.lost(ARTICLE)
    # Of three in flight at the change, the larger half says nothing.
    assert lossy.answers() == 8
    assert kept.answers() == 8 + 2


def test_why_says_what_holds_the_flow():
    sim = SimulatedLine(Account(), rate=50 * MB)
    [account] = sim.accounts
    assert account.climb.flow().why is Why.IDLE
    sim.run(0.1)
    assert account.climb.flow().why is Why.FILLING
    reasons = set()
    sim.run(10, lambda: reasons.add(account.climb.flow().why))
    assert reasons == {Why.FILLING, Why.FULL, Why.PROBING}
    assert account.climb.flow().round_trip == pytest.approx(0.034, rel=0.4)
    account.wants = 0
    sim.run(1)
    for _ in range(30):
        account.wants = 1
        sim.run(0.05)
    account.wants = 1
    sim.run(0.01)
    assert account.climb.flow().why is Why.CLIENT


def test_one_answer_may_always_be_asked_for():
    climb = Climb(1, Account(), Line(), 0.0)
    assert climb.admits(10**9)
    assert climb.room_for(10**9) == 1
    climb.sent(10**9, 0.0)
    assert not climb.admits(1)
    assert climb.room_for(1) == 0


def test_a_few_bytes_do_not_decide_about_an_answer():
    climb = Climb(2 * ARTICLE - 9, Account(), Line(), 0.0)
    climb.sent(ARTICLE, 0.0)
    assert climb.room_for(ARTICLE) == 1
    assert climb.admits(ARTICLE)
    climb.sent(ARTICLE, 0.0)
    assert climb.room_for(ARTICLE) == 0
    assert not climb.admits(ARTICLE)


@given(
    st.integers(1, 10**8),
    st.lists(
        st.tuples(st.integers(1, 10**7), st.booleans(), st.floats(0, 5), st.floats(0, 1)),
        max_size=200,
    ),
)
def test_it_stays_sane_whatever_happens(first, answers):
    account, now = Account(), 0.0
    climb = Line(first).join(account, now).own
    most = first
    for size, lost, later, took in answers:
        if climb.admits(size):
            climb.sent(size, now)
            most = max(most, size, climb.in_flight)
            now += later
            if lost:
                climb.lost(size)
            else:
                account.received += size
                climb.admits(1 << 40)
                climb.answered(size, took, now)
        assert climb.in_flight == 0
        assert 0 < climb.limit <= 2 ** (len(answers) + 1) * most
        assert climb.flow().rate >= 0
