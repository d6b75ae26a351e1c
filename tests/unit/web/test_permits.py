from __future__ import annotations

import pytest

from altmount.auth.caller import Access
from altmount.web.permits import Permits, without_base

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


def test_a_base_path_makes_no_difference():
    permits = Permits({"/a": Access.OPEN, "POST /a": Access.ADMIN}, "/alt")
    assert permits.access("GET", "/alt/a") is permits.access("GET", "/a") is Access.OPEN
    assert permits.access("POST", "/alt/a") is Access.ADMIN
    assert permits.access("GET", "/other/a") is Access.READ


@pytest.mark.parametrize(
    ("path", "base", "rest"),
    [
        ("/alt/a", "/alt", "/a"),
        ("/alternative", "/alt", "/alternative"),
        ("/alt", "/alt", "/alt"),
        ("/a", "", "/a"),
        ("", "/alt", ""),
    ],
)
def test_the_base_path_is_taken_away_where_it_is_whole(path, base, rest):
    assert without_base(path, base) == rest
