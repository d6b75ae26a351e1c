from __future__ import annotations

import pytest
from pydantic import ValidationError

from altmount.config.reverseproxy import ReverseProxySettings


@pytest.mark.parametrize(
    ("said", "base"),
    [
        ("", ""),
        ("/", ""),
        ("altmount", "/altmount"),
        ("/altmount/", "/altmount"),
        (" /media//alt-1.0 ", "/media/alt-1.0"),
        ("/media/api", "/media/api"),
    ],
)
def test_a_base_path_is_written_in_many_ways(said, base):
    assert ReverseProxySettings(base_path=said).base_path == base


@pytest.mark.parametrize("said", ["/a b", "/{path}", "/..", "/a/./b", "/api", "/files/x", "/é"])
def test_what_could_be_taken_for_something_else_is_refused(said):
    with pytest.raises(ValidationError):
        ReverseProxySettings(base_path=said)


def test_proxies_are_addresses_or_networks():
    found = ReverseProxySettings(trusted=["10.0.0.5", " 172.18.0.7/16 ", "fe80::/10"]).trusted
    assert found == ("10.0.0.5/32", "172.18.0.0/16", "fe80::/10")
    with pytest.raises(ValidationError):
        ReverseProxySettings(trusted=["nginx"])
