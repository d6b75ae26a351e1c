from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from altmount.auth.accounts import Login
from altmount.auth.gate import Policy
from altmount.web.cookies import drop_login, set_login


def cookie(change, policy, *, scheme="http"):
    request = make_mocked_request("POST", "/").clone(scheme=scheme)
    response = web.Response()
    change(request, response, policy)
    return response.cookies["JWT"]


def put(request, response, policy):
    login = Login(None, "a.b.c", datetime.now(UTC) + timedelta(hours=24))
    set_login(request, response, login, policy)


def test_no_script_reads_it_and_no_other_site_sends_it():
    morsel = cookie(put, Policy())
    assert morsel.value == "a.b.c"
    assert morsel["httponly"] is True
    assert (morsel["samesite"], morsel["path"], morsel["domain"]) == ("Lax", "/", "")
    assert 86_300 <= int(morsel["max-age"]) <= 86_400


@pytest.mark.parametrize(
    ("secure", "scheme", "is_secure"),
    [
        (None, "http", False),
        (None, "https", True),
        (True, "http", True),
        (False, "https", False),
    ],
)
@pytest.mark.parametrize("change", [put, drop_login])
def test_it_goes_over_https_alone_where_it_was_made_over_it(change, secure, scheme, is_secure):
    morsel = cookie(change, Policy(cookie_secure=secure), scheme=scheme)
    assert bool(morsel["secure"]) is is_secure


def test_it_is_for_the_domain_of_the_settings():
    assert cookie(put, Policy(cookie_domain="example.com"))["domain"] == "example.com"


def test_it_is_forgotten_where_it_was_put():
    morsel = cookie(drop_login, Policy(cookie_domain="example.com"))
    assert (morsel.value, morsel["max-age"], morsel["domain"]) == ("", "0", "example.com")
