"""Settings of what stands before this program."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator

from altmount.config.section import Allowed, Section


def _network(text: str) -> str:
    return str(ip_network(text.strip(), strict=False))


Network = Annotated[str, AfterValidator(_network)]
"""An address, or a network in CIDR notation."""


class ReverseProxySettings(Section):
    """The section `reverse_proxy`."""

    trusted: Annotated[
        tuple[Network, ...],
        Allowed("a list of addresses and networks such as `10.0.0.5` or `172.16.0.0/12`"),
    ] = ("127.0.0.0/8", "::1/128")
    """Reverse proxies that are believed when they say, by `X-Forwarded-For`, `X-Forwarded-Proto`
    and `X-Forwarded-Host`, who is behind them and what was asked for. Nobody else is."""
