from __future__ import annotations

import pytest

from altmount.accounts import accounts_of
from altmount.config.providers import ProviderSettings
from altmount.errors import InvalidRequestError
from altmount.nntp.commands import Verb


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


def test_quota_keep_alive_proxy_and_warm_connections_are_taken_over():
    [one] = accounts_of(
        [
            settings(
                quota_bytes=5_000,
                quota_period_hours=24,
                max_connections=3,
                min_connections=9,
                keepalive_interval_seconds=30,
                keepalive_command="capabilities",
                stat_inflight_requests=50,
                proxy_url="socks5://me:secret@proxy.lan:1080",
            )
        ]
    )
    assert (one.quota_bytes, one.quota_period) == (5_000, 86_400)
    assert (one.min_connections, one.stat_depth) == (3, 50)
    assert (one.patience.keepalive, one.keepalive) == (30, Verb.CAPABILITIES)
    assert one.proxy_url == "socks5://me:secret@proxy.lan:1080"
    assert "secret" not in repr(one)


def test_a_command_that_cannot_keep_alive_is_replaced():
    [one] = accounts_of([settings(keepalive_command="HELP")])
    assert one.keepalive is Verb.DATE


def test_a_server_that_does_not_know_date_is_not_asked_for_it():
    for command in ("", "DATE"):
        [one] = accounts_of([settings(skip_ping=True, keepalive_command=command)])
        assert one.keepalive is Verb.CAPABILITIES


def test_a_login_that_cannot_be_sent_names_its_account_and_no_password():
    with pytest.raises(InvalidRequestError, match=r"p: .*password") as caught:
        accounts_of([settings(username="me", password="tab\tsecret")])
    assert "secret" not in str(caught.value)
