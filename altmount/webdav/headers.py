"""Headers that hold the URLs of resources: they are rewritten on the way to wsgidav."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from altmount.errors import InvalidRequestError
from altmount.library.paths import VirtualPath
from altmount.web.targets import path_below
from altmount.webdav.errors import ForeignDestinationError, OutsideError

MAX_IF = 8192
"""Characters of an If header."""

_TAGGED = re.compile(r"<([^<>]*)>(?=\s*\()")


def parse_destination(header: str | None, prefix: str, hosts: tuple[str, ...]) -> VirtualPath:
    """Where a COPY or MOVE goes (RFC 4918, section 10.3).

    A proxy before us may have taken away TLS, and with it ``https`` and the port, so that these
    are not compared.

    Args:
        header: A whole URL, or its path.
        prefix: Where the share begins in URLs; no slash at its end.
        hosts: What this server may be called, as in Host headers.

    Raises:
        InvalidRequestError: There is none, or it is none.
        ForeignDestinationError: It is on another server.
        OutsideError: It is not on the share.
    """
    if not header:
        raise InvalidRequestError("say where it goes: Destination: /folder/name")
    try:
        url = urlsplit(header.strip())
        host = url.hostname
    except ValueError:
        raise InvalidRequestError(f"Destination is no URL: {header[:80]!r}") from None
    if url.query or url.fragment:
        raise InvalidRequestError("Destination has a ? or # in it that is not percent-encoded")
    if host and host not in {_host(one) for one in hosts}:
        raise ForeignDestinationError(f"{url.netloc[:80]} is not this server")
    if not (url.path == prefix or url.path.startswith(f"{prefix}/")):
        raise OutsideError(f"{url.path[:80]} is not below {prefix}/")
    return path_below(prefix, url.path)


def rewrite_if(header: str, prefix: str) -> str:
    """An If header (RFC 4918, section 10.4) whose resource tags are what wsgidav calls them.

    Raises:
        InvalidRequestError: It is too long, or a tag in it is no path.
    """
    if len(header) > MAX_IF:
        raise InvalidRequestError("the If header is too long")

    def rewritten(tag: re.Match[str]) -> str:
        try:
            path = urlsplit(tag[1]).path
        except ValueError:
            raise InvalidRequestError("the If header has a tag that is no URL") from None
        return f"<{quote(path_below(prefix, path))}>"

    return _TAGGED.sub(rewritten, header)


def _host(authority: str) -> str:
    try:
        return urlsplit(f"//{authority.strip()}").hostname or ""
    except ValueError:
        return ""
