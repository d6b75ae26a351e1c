from __future__ import annotations

import pytest

from altmount.accounts import accounts_of
from altmount.config.providers import ProviderSettings
from altmount.errors import InvalidRequestError


def settings(**options):
    return ProviderSettings(**{"id": "p", "host": "news.example", "port": 563, **options})


def test_enabled_accounts_keep_their_order_and_what_is_set():
    first = settings(
        id="one",
        name="Main",
        port=119,
        username="me",
        password="secret",
        max_connections=7,
        inflight_requests=3,
        tls=True,
        insecure_tls=True,
        is_backup_provider=True,
        storage_group="backbone",
    )
    one, two = accounts_of([first, settings(id="off", enabled=False), settings(id="two")])
    assert (one.id, one.label, one.host, one.port) == ("one", "Main", "news.example", 119)
    assert one.credentials.username == "me"
    assert (one.max_connections, one.depth, one.storage) == (7, 3, "backbone")
    assert one.tls
    assert not one.verify
    assert one.backup
    assert (two.id, two.label, two.credentials) == ("two", "two", None)


def test_a_login_that_cannot_be_sent_names_its_account_and_no_password():
    with pytest.raises(InvalidRequestError, match=r"p: .*password") as caught:
        accounts_of([settings(username="me", password="tab\tsecret")])
    assert "secret" not in str(caught.value)
