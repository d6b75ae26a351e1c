"""Whether a page of another site makes a browser ask (Fetch Metadata, RFC 6454)."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

_OWN = frozenset({"same-origin", "none"})
_PORTS = {"http": ":80", "https": ":443"}


def foreign(
    fetch_site: str | None, origin: str | None, host: str, allowed: Collection[str]
) -> bool:
    """Whether what a request says of its origin is another site's.

    Browsers say it with each request that changes something, and no page can make them lie;
    other programs say nothing.

    Args:
        fetch_site: The header ``Sec-Fetch-Site``, which goes before the other: a proxy that
            gives another name to the host makes no difference to it.
        origin: The header ``Origin``.
        host: The host that was asked, as the client knows it.
        allowed: Origins that count as our own. ``*`` and ``null`` do not: those are for
            pages that bring a key.
    """
    if origin is not None and origin.lower() in set(allowed) - {"*", "null"}:
        return False
    if fetch_site is not None:
        return fetch_site.lower() not in _OWN
    return origin is not None and not _same_host(origin, host)


def _same_host(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        return False
    port = _PORTS.get(parts.scheme)
    if port is None or not parts.netloc:
        return False
    return parts.netloc.removesuffix(port) == host.lower().removesuffix(port)
