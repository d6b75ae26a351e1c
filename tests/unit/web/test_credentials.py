from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from altmount.auth.caller import NOBODY, Role
from altmount.auth.claims import Claims
from altmount.web.credentials import caller_of, claims_of, set_caller


@pytest.mark.parametrize(
    ("target", "headers", "claims"),
    [
        ("/", {}, Claims()),
        ("/", {"Authorization": "Basic bWU6cHc="}, Claims("me", "pw")),
        ("/", {"Authorization": "Bearer a.b.c"}, Claims(token="a.b.c")),
        ("/", {"X-JWT": "a.b.c"}, Claims(token="a.b.c")),
        ("/", {"Cookie": "other=1; JWT=a.b.c"}, Claims(cookie="a.b.c")),
        ("/", {"X-Api-Key": "k"}, Claims(api_key="k")),
        ("/?apikey=k&download_key=d", {}, Claims(api_key="k", download_key="d")),
        ("/?apikey=", {}, Claims(api_key="")),
        ("/", {"Authorization": "Digest x"}, Claims()),
    ],
)
def test_credentials_are_looked_for_where_clients_put_them(target, headers, claims):
    assert claims_of(make_mocked_request("GET", target, headers)) == claims


def test_whom_the_door_did_not_see_is_a_stranger():
    request = make_mocked_request("GET", "/")
    assert (caller_of(request).name, caller_of(request).role) == ("", Role.READER)
    set_caller(request, NOBODY)
    assert caller_of(request) is NOBODY
