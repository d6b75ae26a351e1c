"""What there is of an account beside its connections."""

from __future__ import annotations

from time import time

from altmount.nntp.places import Places
from altmount.nntp.provider import Provider
from altmount.nntp.quota import Quota, Usage
from altmount.nntp.tally import Tally


class Account:
    """Places, quota and counters of one account. They outlive the pool when settings change."""

    def __init__(self, provider: Provider, usage: Usage | None = None) -> None:
        self.places = Places(provider.max_connections)
        self.quota = Quota(0, 0, usage or Usage(0, time()))
        self.tally = Tally()
        self.follow(provider)

    def follow(self, provider: Provider) -> None:
        """Take over what the settings say now."""
        self.places.capacity.limit = provider.max_connections
        self.quota.limit = provider.quota_bytes
        self.quota.period = provider.quota_period
