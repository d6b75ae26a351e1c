"""Passwords that come with an NZB."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

MAX_PASSWORD = 1000
"""The longest password that is kept, in characters."""

_BRACES = re.compile(r"(?P<title>.*?)\s*\{\{(?P<password>.+?)\}\}\s*\Z", re.DOTALL)
_WORD = re.compile(
    r"(?P<title>.*?)[\s._-]*(?<![^\W_])password\s*=\s*(?P<password>\S.*?)\s*\Z",
    re.DOTALL | re.IGNORECASE,
)
_META = "password"


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
