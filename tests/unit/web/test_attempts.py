from __future__ import annotations

import pytest

from altmount.web.attempts import FailedLogins


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def guess_often(failures, address, count=10):
    for guess in range(count):
        failures.add(address, guess)


def test_ten_guesses_in_a_minute_are_enough(clock):
    failures = FailedLogins(clock)
    guess_often(failures, "10.0.0.1", 9)
    assert failures.wait_seconds("10.0.0.1") == 0
    failures.add("10.0.0.1", 9)
    assert failures.wait_seconds("10.0.0.1") == 60
    clock.now += 59
    assert failures.wait_seconds("10.0.0.1") == 1
    clock.now += 1
    assert failures.wait_seconds("10.0.0.1") == 0


def test_one_wrong_password_said_again_and_again_is_one_guess(clock):
    failures = FailedLogins(clock)
    for _ in range(100):
        failures.add("10.0.0.1", 7)
    assert failures.wait_seconds("10.0.0.1") == 0


def test_one_address_does_not_lock_out_another(clock):
    failures = FailedLogins(clock)
    guess_often(failures, "10.0.0.1")
    assert failures.wait_seconds("10.0.0.2") == 0


def test_an_ipv6_client_is_known_by_its_network(clock):
    failures = FailedLogins(clock)
    for guess in range(10):
        failures.add(f"2001:db8::{guess}", guess)
    assert failures.wait_seconds("2001:db8::ffff") == 60
    assert failures.wait_seconds("2001:db8:0:1::1") == 0


def test_mapped_ipv4_addresses_are_told_apart(clock):
    failures = FailedLogins(clock)
    guess_often(failures, "::ffff:10.0.0.1")
    assert failures.wait_seconds("::ffff:10.0.0.1") == 60
    assert failures.wait_seconds("::ffff:10.0.0.2") == 0


def test_a_client_without_an_address_is_counted_too(clock):
    failures = FailedLogins(clock)
    guess_often(failures, "")
    assert failures.wait_seconds("") == 60


def test_what_is_remembered_is_bounded(clock):
    failures = FailedLogins(clock, max_addresses=3)
    guess_often(failures, "10.0.0.1")
    for last in (2, 3):
        guess_often(failures, f"10.0.0.{last}")
    failures.add("10.0.0.1", 99)  # heard of again, so it stays
    guess_often(failures, "10.0.0.4", 5000)
    assert failures.wait_seconds("10.0.0.1") == 60
    assert failures.wait_seconds("10.0.0.2") == 0
    assert len(failures._guesses) == 3
    assert max(map(len, failures._guesses.values())) == 10
