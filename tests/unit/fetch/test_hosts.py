from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.fetch.hosts import PrivateHosts

NONE = PrivateHosts()


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0"),
        *("fc00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1"),
    ],
)
def test_an_address_of_ones_own_is_not_asked(address):
    assert not NONE.allow("name", address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f::1"])
def test_an_address_of_the_internet_is(address):
    assert NONE.allow("name", address)


@pytest.mark.parametrize(
    ("listed", "host", "address"),
    [
        ("prowlarr", "Prowlarr", "172.18.0.5"),
        (" NAS.lan ", "nas.lan", "192.168.1.2"),
        ("192.168.1.2", "nas.lan", "192.168.1.2"),
        ("192.168.1.0/24", "nas.lan", "192.168.1.2"),
        ("192.168.1.9/24", "nas.lan", "192.168.1.2"),
        ("fd00::/8", "nas.lan", "fd00::5"),
    ],
)
def test_what_is_listed_may_be_asked(listed, host, address):
    assert PrivateHosts([listed]).allow(host, address)
    assert not PrivateHosts([listed]).allow("other", "10.9.9.9")


@given(st.ip_addresses() | st.sampled_from([ipaddress.ip_address("10.0.0.1")]))
def test_nothing_private_is_asked_whatever_it_looks_like(address):
    allowed = NONE.allow("name", str(address))
    assert not (allowed and (address.is_private or address.is_loopback or address.is_multicast))
