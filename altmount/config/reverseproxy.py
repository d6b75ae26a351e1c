"""Settings of what stands before this program."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator

from altmount.config.section import Allowed, Section


def _network(text: str) -> str:
    return str(ip_network(text.strip(), strict=False))


Network = Annotated[str, AfterValidator(_network)]
"""An address, or a network in CIDR notation."""


_BASE = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_OURS = frozenset({"api", "files", "live", "metrics", "ready", "sabnzbd", "webdav"})


def _base(text: str) -> str:
    parts = [part for part in text.strip().split("/") if part]
    base = "".join(f"/{part}" for part in parts)
    if not _BASE.fullmatch(base) or not {".", ".."}.isdisjoint(parts):
        raise ValueError("no path of a URL")
    if parts and parts[0] in _OURS:
        raise ValueError("a path of our own")
    return base


class ReverseProxySettings(Section):
    """The section `reverse_proxy`."""

    trusted: Annotated[
        tuple[Network, ...],
        Allowed("a list of addresses and networks such as `10.0.0.5` or `172.16.0.0/12`"),
    ] = ("127.0.0.0/8", "::1/128")
    """Reverse proxies that are believed when they say, by `X-Forwarded-For`, `X-Forwarded-Proto`
    and `X-Forwarded-Host`, who is behind them and what was asked for. Nobody else is."""

    base_path: Annotated[
        str,
        AfterValidator(_base),
        Allowed("a path such as `/altmount`, of letters, digits and `.-_~`, that is none of ours"),
    ] = ""
    """Path that everything is served under as well, for a proxy that has other programs under
    others and passes requests on as they are."""
