from __future__ import annotations

import pytest

from altmount.auth.caller import Access
from altmount.web.permits import Permits

PERMITS = Permits({"/a": Access.OPEN, "POST /a": Access.ADMIN, "GET /b": Access.ADMIN})


@pytest.mark.parametrize(
    ("method", "resource", "access"),
    [
        ("GET", "/a", Access.OPEN),
        ("HEAD", "/a", Access.OPEN),
        ("POST", "/a", Access.ADMIN),
        ("DELETE", "/a", Access.OPEN),
        ("GET", "/b", Access.ADMIN),
        ("HEAD", "/b", Access.ADMIN),
        ("POST", "/b", Access.CHANGE),
        ("GET", "/c", Access.READ),
        ("PROPFIND", "/c", Access.READ),
        ("OPTIONS", "", Access.READ),
        ("PATCH", "", Access.CHANGE),
        ("SURPRISE", "/c", Access.CHANGE),
    ],
)
def test_what_is_said_of_a_method_goes_before_the_address_and_that_before_the_rule(
    method, resource, access
):
    assert PERMITS.access(method, resource) is access
