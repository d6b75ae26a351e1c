"""Fetching something small from a web server, without being led into one's own network."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Collection
from dataclasses import dataclass

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from altmount.errors import InvalidRequestError, PermanentError, TemporaryError

_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Prefixes under which IPv6 carries IPv4 addresses, private ones too (RFC 6052, RFC 3056).
_CARRIERS = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "2002::/16")))


class PrivateAddressError(InvalidRequestError):
    """The address is in a private network, and its host is not listed."""


class FetchError(TemporaryError):
    """It could not be fetched now."""


class FetchRefusedError(PermanentError):
    """The web server does not give it out."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a fetch may cost, and where it may lead."""

    bytes: int
    seconds: float
    private_hosts: Collection[str] = ()
    """Names and addresses in a private network that may be asked all the same."""


async def fetch(url: str, bounds: Bounds) -> bytes:
    """The body that a URL gives, over HTTP or HTTPS.

    Names are resolved once, what they lead to is checked, and that is what is connected to;
    so are up to three redirects.

    Raises:
        InvalidRequestError: The URL is none, or leads into a private network.
        FetchError: It cannot be had now.
        FetchRefusedError: It is not there, or too large.
    """
    target = _checked(url, bounds)
    timeout = aiohttp.ClientTimeout(total=bounds.seconds)
    connector = aiohttp.TCPConnector(resolver=_Guarded(bounds), use_dns_cache=False)
    try:
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            for _ in range(_MOST_REDIRECTS + 1):
                async with session.get(target, allow_redirects=False) as response:
                    if response.status not in _REDIRECTS:
                        return await _body(response, bounds.bytes)
                    location = response.headers.get(hdrs.LOCATION, "")
                target = _checked(str(target.join(URL(location))), bounds)
    except TimeoutError:
        raise FetchError(f"{target.host} took more than {bounds.seconds:g} s") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise FetchError(f"{target.host} cannot be asked: {error}") from None
    raise FetchRefusedError(f"{target.host} redirects more than {_MOST_REDIRECTS} times")


async def _body(response: aiohttp.ClientResponse, limit: int) -> bytes:
    host = response.url.host
    if not response.ok:
        kind = FetchError if response.status >= 500 else FetchRefusedError  # noqa: PLR2004 the servers' own faults, by HTTP
        raise kind(f"{host} answers {response.status}; check the URL")
    body = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > limit:
            raise FetchRefusedError(f"what {host} sends has more than {limit} bytes")
    return bytes(body)


def _checked(url: str, bounds: Bounds) -> URL:
    try:
        target = URL(url)
    except ValueError:
        target = URL()
    if target.scheme not in {"http", "https"} or not target.host:
        raise InvalidRequestError("give a URL that begins with http:// or https://")
    # A resolver is not asked about an address.
    try:
        address = ipaddress.ip_address(target.host)
    except ValueError:
        return target
    if not _may_be_asked(target.host, str(address), bounds):
        raise _private(target.host)
    return target


class _Guarded(AbstractResolver):
    """Resolves names, and leaves out addresses that may not be asked."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        allowed = [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, _, protocol, _, address in found
            if _may_be_asked(host, str(address[0]), self._bounds)
        ]
        if not allowed:
            raise _private(host)
        return allowed

    async def close(self) -> None:
        """Nothing is kept."""


def _may_be_asked(host: str, text: str, bounds: Bounds) -> bool:
    listed = {name.strip().lower() for name in bounds.private_hosts}
    if host.lower() in listed or text in listed:
        return True
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and any(address in net for net in _CARRIERS):
        return False
    return address.is_global and not address.is_multicast


def _private(host: str) -> PrivateAddressError:
    return PrivateAddressError(
        f"{host} is in a private network; list it in speed_test.private_hosts if it is meant"
    )
