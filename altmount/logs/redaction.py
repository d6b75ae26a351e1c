"""Secrets that get into a line by accident are taken out of it."""

from __future__ import annotations

import re

_HIDDEN = "***"
# Keys in the query of a URL, a login in front of its host, and NNTP's and HTTP's ways to send one:
# also in headers and cookies of ours.
_SECRETS = re.compile(
    r"""
      (?<=[?&])(?P<key>apikey|api_key|download_key|signature|password|passwd|token|r)=[^&\s"']+
    | (?<=://)(?P<user>[^/\s:@]*):[^/\s@]+(?=@)
    | (?P<nntp>AUTHINFO\s+PASS)\s+\S+
    | (?P<http>\b(?:Basic|Bearer))\s+[A-Za-z0-9+/=_.~-]{6,}
    | (?P<named>\b(?:X-Api-Key|X-JWT|JWT)\b['"]?\s*[:=]\s*['"]?)[A-Za-z0-9_.-]{6,}
    """,
    re.VERBOSE | re.IGNORECASE,
)


def redacted(text: str) -> str:
    """A text without what looks like a password or a key."""
    return _SECRETS.sub(_hide, text)


def _hide(match: re.Match[str]) -> str:
    if match["key"]:
        return f"{match['key']}={_HIDDEN}"
    if match["user"] is not None:
        return f"{match['user']}:{_HIDDEN}"
    if match["named"]:
        return f"{match['named']}{_HIDDEN}"
    return f"{match['nntp'] or match['http']} {_HIDDEN}"
