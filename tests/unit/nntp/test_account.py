from __future__ import annotations

from dataclasses import replace

from altmount.nntp.account import Account
from altmount.nntp.provider import Provider
from altmount.nntp.quota import Usage

PROVIDER = Provider("p", "news.example", 119, max_connections=5, quota_bytes=100, quota_period=60)


def test_it_goes_on_with_what_was_used_before():
    account = Account(PROVIDER, Usage(99, 1e12))
    assert account.quota.used == 99
    assert account.quota.limit == 100
    assert account.places.capacity.limit == 5


def test_other_settings_change_limits_and_keep_counts():
    account = Account(PROVIDER, Usage(99, 1e12))
    account.places.take()
    account.follow(replace(PROVIDER, max_connections=7, quota_bytes=200))
    assert (account.places.capacity.limit, account.quota.limit) == (7, 200)
    assert (account.places.taken, account.quota.used) == (1, 99)
