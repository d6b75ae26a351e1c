"""Passwords that come with an NZB."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from altmount.nzb.write import escaped

MAX_PASSWORD = 1000
"""The longest password that is kept, in characters."""

_BRACES = re.compile(r"(?P<title>.*?)\s*\{\{(?P<password>.+?)\}\}\s*\Z", re.DOTALL)
_WORD = re.compile(
    r"(?P<title>.*?)[\s._-]*(?<![^\W_])password\s*=\s*(?P<password>\S.*?)\s*\Z",
    re.DOTALL | re.IGNORECASE,
)
_META = "password"
_OPENING = re.compile(rb"<nzb(?:\s[^<>]*)?(?<!/)>")
_HEAD_BYTES = 64 * 1024
"""Where an NZB's ``<nzb>`` stands at the latest, if it is one."""


def without_password(name: str) -> tuple[str, str | None]:
    """A name without the password in it, and that: ``Film{{secret}}``, ``Film password=secret``."""
    for pattern in (_BRACES, _WORD):
        if (match := pattern.match(name)) and match["title"]:
            return match["title"], match["password"][:MAX_PASSWORD]
    return name, None


def candidates(
    given: Iterable[str], metas: Mapping[str, str], always: Iterable[str]
) -> tuple[str, ...]:
    """The passwords to try, in this order, each once.

    Args:
        given: With the NZB by whoever handed it in, the newest first.
        metas: Of the head of the NZB.
        always: By the settings.
    """
    all_of_them = [*given, metas.get(_META, ""), *always]
    return tuple(dict.fromkeys(each for each in all_of_them if each))


def with_passwords(nzb: bytes, passwords: Sequence[str]) -> bytes:
    """An NZB with passwords in its head, before any that it has, as other programs read them.

    What does not begin with an ``<nzb>`` in ASCII comes back as it is.
    """
    if not passwords or (opening := _OPENING.search(nzb, 0, _HEAD_BYTES)) is None:
        return nzb
    metas = b"".join(
        b'<meta type="password">%b</meta>' % escaped(each).encode("ascii", "xmlcharrefreplace")
        for each in passwords
    )
    at = opening.end()
    return b"%b\n<head>%b</head>%b" % (nzb[:at], metas, nzb[at:])
