from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from altmount.nntp.roster import Roster


@dataclass(eq=False)
class Connection:
    """As much of one as a roster looks at."""

    load: int = 0
    usable: bool = True
    draining: bool = False
    since: float = 0.0
    outstanding: int = 0
    clearing: bool = False
    unwanted: int = 0
    heard_at: float = 5.0


def roster(*connections):
    found = Roster()
    for connection in connections:
        found.dialled(connection, 1.0)
        found.let_in(connection, 3.0)
    return found


def test_a_connection_is_counted_from_its_dial_until_its_socket_is_gone():
    found, one, two = Roster(), Connection(), Connection()
    found.dialled(one, 1.0)
    found.dialled(two, 1.0)
    assert (found.dialling, found.ready, len(found), found.counted) == (2, 0, 2, 0)
    assert found.let_in(one, 3.5) == 2.5
    assert (found.dialling, found.ready, len(found), found.counted) == (1, 1, 2, 1)
    assert list(found) == [one, two]
    assert found.lost(one) is None
    assert found.lost(two) == 1.0
    assert (len(found), found.sockets, found.counted) == (0, 2, 1)
    assert found.closing == (one, two)
    found.closed(one)
    found.closed(two)
    assert (found.sockets, found.counted) == (0, 0)


def test_each_exchange_has_a_connection_of_its_own_while_there_are_enough():
    idle, warmer, busy = Connection(since=1.0), Connection(since=2.0), Connection(load=1)
    found = roster(idle, warmer, busy)
    assert found.pick(3, 10, another=3) is warmer
    assert found.pick(1, 10, another=0) is busy  # the idle ones are kept for others
    assert found.pick(0, 10, another=2) is None  # one more will be dialled


def test_nobody_is_sent_behind_an_answer_that_is_late():
    late, other = Connection(load=1, outstanding=100, heard_at=1.0), Connection(2, outstanding=300)
    assert roster(late, other).pick(2, 10, another=0, heard=1.0) is late
    assert roster(late, other).pick(2, 10, another=0, heard=1.5) is other
    assert roster(late).pick(1, 10, another=0, heard=1.5) is None


def dropping(size):
    """One that only has answers to drop."""
    return Connection(
        1, usable=False, draining=True, outstanding=size, clearing=True, unwanted=size
    )


def test_who_cannot_wait_is_sent_behind_what_is_dropped_if_that_is_not_too_much():
    more, less, live = dropping(300), dropping(200), Connection(load=1, outstanding=100)
    found = roster(more, less, live)
    assert found.pick(9, 10, another=9, behind=500) is less
    assert found.pick(9, 10, another=9, behind=499) is None  # all of it comes over one line
    assert found.pick(9, 10, another=9, behind=500, avoid=less) is more
    assert found.pick(9, 1, another=9, behind=500) is None
    idle = Connection()
    assert roster(more, idle).pick(9, 10, another=9, behind=500) is idle


def test_who_shares_one_waits_for_the_least():
    much = Connection(load=1, outstanding=900)
    little = Connection(load=3, outstanding=100)
    found = roster(much, little)
    assert found.pick(2, 10, another=0) is little
    assert found.pick(2, 3, another=0) is much
    assert found.pick(2, 1, another=0) is None
    much.usable = little.usable = False
    assert found.pick(2, 10, another=0) is None
    assert not found.usable


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 99)), max_size=8))
def test_what_is_picked_may_be_used_and_is_not_too_full(kinds):
    connections = [
        Connection(load=load, usable=usable, outstanding=owed) for load, usable, owed in kinds
    ]
    found = roster(*connections)
    for alone in range(4):
        picked = found.pick(alone, 2, another=0)
        if picked is not None:
            assert picked.usable
            assert picked.load < 2
            busy = [one for one in connections if one.load]
            assert picked.load or len(busy) < alone
    assert found.unanswered == sum(load for load, *_ in kinds)
    assert found.idle == sum(not load for load, *_ in kinds)
