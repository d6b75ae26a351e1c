"""Who is behind a reverse proxy, and what it was asked for (``X-Forwarded-*``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web
from aiohttp.typedefs import Middleware

from altmount.web.errors import Handler

_FOR, _PROTO, _HOST = "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"
_SCHEMES = frozenset({"http", "https"})
_HOST_NAME = re.compile(
    r"[A-Za-z0-9._-]{1,253}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?"
)
_PORT = re.compile(r"(?P<bare>[0-9.]+):[0-9]+|\[(?P<bracketed>[^\]]+)\](?::[0-9]+)?")

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Behind:
    """What a proxy said; None where it said nothing that could be."""

    client: str | None
    scheme: str | None
    host: str | None


class Proxies:
    """The proxies that are believed.

    Args:
        trusted: Their addresses, or networks in CIDR notation.
    """

    def __init__(self, trusted: Iterable[str]) -> None:
        self._networks: Sequence[IPv4Network | IPv6Network] = [ip_network(one) for one in trusted]

    def trusts(self, address: Address) -> bool:
        return any(address in network for network in self._networks)

    def behind(self, peer: str, said_for: str, proto: str, host: str) -> Behind | None:
        """What a request says of where it came from; None if its sender is not believed.

        Each proxy adds the address of whoever asked it at the end: the last that is no proxy of
        ours is the client. What stands before was put there by the client, or by strangers.

        Args:
            peer: The address at the other end of the connection.
            said_for: ``X-Forwarded-For``, as all others empty if there is none.
            proto: ``X-Forwarded-Proto``.
            host: ``X-Forwarded-Host``.
        """
        nearest = _address(peer)
        if nearest is None or not self.trusts(nearest):
            return None
        client = None
        for text in reversed(said_for.split(",")):
            address = _address(text)
            if address is None:
                break
            client = str(address)
            if not self.trusts(address):
                break
        scheme, name = _last(proto).lower(), _last(host)
        return Behind(
            client,
            scheme if scheme in _SCHEMES else None,
            name if _HOST_NAME.fullmatch(name) else None,
        )

    @property
    def middleware(self) -> Middleware:
        """Lets what comes after see the client, and what it asked for, as the proxy said."""

        @web.middleware
        async def forwarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            headers = request.headers
            if not any(name in headers for name in (_FOR, _PROTO, _HOST)):
                return await handler(request)
            said = (",".join(headers.getall(name, ())) for name in (_FOR, _PROTO, _HOST))
            behind = self.behind(request.remote or "", *said)
            if behind is None:
                return await handler(request)
            seen = request.clone(
                remote=behind.client or request.remote or "",
                scheme=behind.scheme or request.scheme,
                host=behind.host or request.host,
            )
            return await handler(seen)

        return forwarded


def _last(text: str) -> str:
    return text.rpartition(",")[2].strip()


def _address(text: str) -> Address | None:
    """An address, perhaps with a port; None for anything else."""
    bare = text.strip()
    if found := _PORT.fullmatch(bare):
        bare = found["bare"] or found["bracketed"]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
