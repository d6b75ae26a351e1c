"""Which addresses may be asked for something that a stranger named."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

# Prefixes under which IPv6 carries IPv4 addresses, private ones too (RFC 6052, RFC 3056).
_CARRIERS = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "2002::/16")))

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class PrivateHosts:
    """The hosts of one's own network that may be asked all the same.

    Args:
        listed: Names, addresses, and networks such as ``192.168.1.0/24``.
    """

    def __init__(self, listed: Iterable[str] = ()) -> None:
        names = [name.strip().lower() for name in listed]
        self._names = frozenset(names)
        self._networks = tuple(net for name in names if (net := _network(name)) is not None)

    def allow(self, host: str, address: str) -> bool:
        """Whether an address may be asked.

        Args:
            host: What was asked for: a name or an address.
            address: What that led to.
        """
        if host.lower() in self._names or address in self._names:
            return True
        found = ipaddress.ip_address(address.partition("%")[0])
        if any(found in network for network in self._networks):
            return True
        if isinstance(found, ipaddress.IPv6Address) and any(found in net for net in _CARRIERS):
            return False
        return found.is_global and not found.is_multicast


def _network(text: str) -> _Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
