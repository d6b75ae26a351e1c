from __future__ import annotations

import pytest

from altmount.nntp.errors import (
    AuthenticationError,
    ConnectionLostError,
    DeadlineError,
    ProtocolError,
    ServerBusyError,
    UnreachableError,
)
from altmount.nntp.network import Network
from altmount.nntp.poolstate import AccountState
from altmount.nntp.standing import Standing

REFUSED = UnreachableError("refused", silent=False)
SILENT = UnreachableError("no route", silent=True)


def standing(*others):
    network = Network()
    network.watch(["me", *others])
    return Standing("me", 40.0, network)


def fail(one, error, times=1, now=0.0, connected=False, let_in=False):
    for _ in range(times):
        now = max(now, one.next_dial) + 0.001
        one.failed(error, now, now, connected=connected, let_in=let_in)
    return now


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (AuthenticationError("no"), AccountState.WRONG_PASSWORD),
        (ServerBusyError("no"), AccountState.REFUSING),
        (REFUSED, AccountState.UNREACHABLE),
        (ProtocolError("what"), AccountState.UNREACHABLE),
        (SILENT, AccountState.NETWORK_DOWN),
        (DeadlineError("slow"), AccountState.UNREACHABLE),
        (ConnectionLostError("gone"), AccountState.UNREACHABLE),
    ],
)
def test_what_went_wrong_gives_it_a_name(error, state):
    one = standing()
    fail(one, error, 3)
    assert one.state(connected=False) is state
    assert one.state(connected=True) is AccountState.OK
    one.worked()
    assert one.state(connected=False) is AccountState.OK


def test_a_wrong_password_is_not_tried_for_minutes_and_opens_no_breaker():
    one = standing()
    now = fail(one, AuthenticationError("no"), 5)
    assert not one.tripped
    assert not one.may_dial(now + 149)
    assert one.refusal(now + 149) is not None
    assert one.may_dial(now + 451)
    one.forgive()
    assert one.may_dial(now)
    assert one.refusal(now) is None


def test_a_login_that_works_again_clears_its_name():
    one = standing()
    fail(one, AuthenticationError("no"))
    one.logged_in()
    assert one.state(connected=False) is AccountState.OK


def test_readers_wait_for_what_has_worked_before_and_for_nothing_else():
    one = standing()
    fail(one, REFUSED)
    assert one.hope_until == 0.0
    one.logged_in()
    one.worked()
    assert one.hope_until == 0.0
    fail(one, REFUSED, 5, now=100.0)
    assert one.hope_until == pytest.approx(140.0, abs=0.01)


def test_a_network_that_is_down_opens_no_breaker_and_lets_one_connection_try():
    one = standing()
    one.logged_in()
    now = fail(one, SILENT, 1)
    one.network_changed(now)
    now = fail(one, SILENT, 9, now)
    assert one.breaker.state.value == "closed"
    assert one.tripped
    assert one.refusal(now) is SILENT
    one.reached()
    one.network_changed(now)
    assert not one.tripped
    assert one.may_dial(now)


def test_a_failure_beside_connections_that_work_says_nothing_about_the_network():
    one = standing()
    fail(one, SILENT, 2, connected=True)
    assert not one.tripped
    fail(one, SILENT, 1, connected=True)
    assert one.tripped  # three in a row are enough for its breaker
    assert one.breaker.state.value == "open"


def test_a_server_that_let_us_in_and_then_fell_silent_is_asked_again_at_once():
    one = standing()
    now = fail(one, DeadlineError("slow"), let_in=True)
    assert one.may_dial(now)
    now = fail(one, DeadlineError("slow"), now=now, let_in=True)
    assert not one.may_dial(now)
