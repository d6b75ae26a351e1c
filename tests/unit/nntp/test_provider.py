from __future__ import annotations

from dataclasses import replace

import pytest

from altmount.nntp.commands import Credentials
from altmount.nntp.provider import Provider

PROVIDER = Provider("p", "news.example", 119, credentials=Credentials("me", "secret"))


def test_an_account_is_its_server_and_its_user_whatever_it_is_called():
    assert PROVIDER.identity == "news.example:119+me"
    assert replace(PROVIDER, credentials=None, id="q").identity == "news.example:119"


def test_it_is_called_by_its_id_until_it_has_a_name():
    assert PROVIDER.label == "p"
    assert replace(PROVIDER, name="Main").label == "Main"


def test_accounts_of_a_server_share_its_articles_and_a_group_those_of_a_backbone():
    assert PROVIDER.storage == "news.example:119"
    assert replace(PROVIDER, storage_group="backbone").storage == "backbone"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "x"},
        {"backup": True},
        {"storage_group": "x"},
        {"quota_bytes": 5},
        {"quota_period": 5},
    ],
)
def test_names_and_policies_need_no_new_connections(change):
    assert PROVIDER.connects_like(replace(PROVIDER, **change))


@pytest.mark.parametrize(
    "change",
    [
        {"host": "other.example"},
        {"credentials": Credentials("me", "new")},
        {"tls": True},
        {"max_connections": 5},
        {"depth": 1},
    ],
)
def test_whatever_else_changes_does(change):
    assert not PROVIDER.connects_like(replace(PROVIDER, **change))
