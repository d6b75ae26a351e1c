"""Fetching something small from a web server, without being led into one's own network."""

from __future__ import annotations

import asyncio
import ipaddress
import math
import socket
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from altmount import __version__
from altmount.errors import InvalidRequestError
from altmount.fetch.errors import FetchError, FetchRefusedError, PrivateAddressError
from altmount.fetch.hosts import PrivateHosts
from altmount.fetch.page import Page

USER_AGENT = f"altmount/{__version__}"
"""Who asks. Some indexers turn away who does not say."""

_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Statuses that may be another one soon.
_PASSING = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a fetch may cost, and where it may lead."""

    bytes: int
    seconds: float
    private: PrivateHosts = field(default_factory=PrivateHosts)
    setting: str = ""
    """Where those are listed, for who is refused."""


async def fetch(url: str, bounds: Bounds) -> Page:
    """What a URL gives, over HTTP or HTTPS.

    Names are resolved once, what they lead to is checked, and that is what is connected to;
    so are up to five redirects.

    Raises:
        InvalidRequestError: The URL is none, or leads into a private network.
        FetchError: It cannot be had now.
        FetchRefusedError: It is not there, or too large.
    """
    target = _checked(url, bounds)
    timeout = aiohttp.ClientTimeout(total=bounds.seconds)
    connector = aiohttp.TCPConnector(resolver=_Guarded(bounds), use_dns_cache=False)
    try:
        async with aiohttp.ClientSession(
            connector=connector, timeout=timeout, headers={hdrs.USER_AGENT: USER_AGENT}
        ) as session:
            for _ in range(_MOST_REDIRECTS + 1):
                async with session.get(target, allow_redirects=False) as response:
                    if response.status not in _REDIRECTS:
                        return await _page(response, bounds.bytes)
                    location = response.headers.get(hdrs.LOCATION, "")
                target = _checked(str(target.join(URL(location))), bounds)
    except TimeoutError:
        raise FetchError(f"{target.host} took more than {bounds.seconds:g} s") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise FetchError(f"{target.host} cannot be asked: {error}") from None
    raise FetchRefusedError(f"{target.host} redirects more than {_MOST_REDIRECTS} times")


async def _page(response: aiohttp.ClientResponse, limit: int) -> Page:
    host = response.url.host
    if not response.ok:
        said = f"{host} answers {response.status}; check the URL"
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status in _PASSING:
            raise FetchError(said, retry_after(response.headers, datetime.now(UTC)))
        raise FetchRefusedError(said)
    body = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > limit:
            raise FetchRefusedError(f"what {host} sends has more than {limit} bytes")
    return Page(bytes(body), _named(response), response.url.name)


def _named(response: aiohttp.ClientResponse) -> str:
    with warnings.catch_warnings(action="ignore"):  # aiohttp's, where the header is nonsense
        disposition = response.content_disposition
    return (disposition.filename if disposition is not None else None) or ""


def retry_after(headers: Mapping[str, str], now: datetime) -> float:
    """How long to wait by the header ``Retry-After`` (RFC 9110, 10.2.3), in seconds; 0 for none."""
    text = headers.get(hdrs.RETRY_AFTER, "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
        seconds = (moment - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return max(0.0, math.ceil(seconds))


def _checked(url: str, bounds: Bounds) -> URL:
    try:
        target = URL(url.strip())
    except ValueError:
        target = URL()
    if target.scheme not in {"http", "https"} or not target.host:
        raise InvalidRequestError("give a URL that begins with http:// or https://")
    # A resolver is not asked about an address.
    try:
        address = ipaddress.ip_address(target.host)
    except ValueError:
        return target
    if not bounds.private.allow(target.host, str(address)):
        raise PrivateAddressError(target.host, bounds.setting)
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
            if self._bounds.private.allow(host, str(address[0]))
        ]
        if not allowed:
            raise PrivateAddressError(host, self._bounds.setting)
        return allowed

    async def close(self) -> None:
        """Nothing is kept."""
