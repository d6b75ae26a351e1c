from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.web.origin import foreign

HOST = "alt.example:8080"


@pytest.mark.parametrize(
    ("origin", "host", "is_foreign"),
    [
        (None, HOST, False),
        ("http://alt.example:8080", HOST, False),
        ("HTTP://ALT.example:8080", HOST, False),
        ("https://alt.example", "alt.example", False),
        ("https://alt.example", "alt.example:443", False),
        ("https://alt.example:443", "alt.example", False),
        ("http://[::1]:8080", "[::1]:8080", False),
        ("http://alt.example", HOST, True),
        ("http://alt.example:8081", HOST, True),
        ("http://evil.example:8080", HOST, True),
        ("http://evil.alt.example:8080", HOST, True),
        ("ftp://alt.example:8080", HOST, True),
        ("null", HOST, True),
        ("", HOST, True),
        ("http://", "", True),
        ("http://[", HOST, True),
    ],
)
def test_a_page_of_the_host_that_was_asked_is_our_own(origin, host, is_foreign):
    assert foreign(None, origin, host, ()) is is_foreign


@pytest.mark.parametrize(
    ("site", "is_foreign"),
    [
        ("same-origin", False),
        ("none", False),
        ("same-site", True),
        ("cross-site", True),
        ("", True),
    ],
)
def test_what_the_browser_says_of_the_site_goes_before_the_name_of_the_host(site, is_foreign):
    assert foreign(site, "https://public.example", HOST, ()) is is_foreign
    assert foreign(site, "http://alt.example:8080", HOST, ()) is is_foreign


@pytest.mark.parametrize("allowed", ["https://mine.example", "chrome-extension://abc"])
def test_a_page_that_is_allowed_is_as_our_own(allowed):
    assert not foreign("cross-site", allowed.upper(), HOST, {allowed})
    assert foreign("cross-site", "https://other.example", HOST, {allowed})


@pytest.mark.parametrize("origin", ["null", "*"])
def test_those_that_all_are_allowed_for_are_not(origin):
    assert foreign(None, origin, HOST, {"*", "null"})
    assert foreign(None, "https://other.example", HOST, {"*", "null"})


@given(st.text(), st.text())
def test_no_header_makes_it_fail(origin, host):
    foreign(None, origin, host, ())
