"""Where something is reached in a network."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, Field

from altmount.config.section import Allowed

_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_LONGEST_NAME = 253


def _host(text: str) -> str:
    name = text.strip().removeprefix("[").removesuffix("]").removesuffix(".")
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        ascii_name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("no host name") from None
    labels = ascii_name.split(".")
    if (
        len(ascii_name) > _LONGEST_NAME
        or labels[-1].isdecimal()
        or not all(_LABEL.fullmatch(label) for label in labels)
    ):
        raise ValueError("no host name")
    return ascii_name


Host = Annotated[
    str,
    AfterValidator(_host),
    Allowed("a host name or an IP address, without scheme and port"),
]
"""A host name (RFC 1123, underscores let through) or an IP address."""

Port = Annotated[int, Field(ge=1, le=65535)]
"""A TCP port."""
