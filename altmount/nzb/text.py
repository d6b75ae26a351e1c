"""Text from an NZB, made fit to be kept and shown."""

from __future__ import annotations

import re

_BLANKS = re.compile(r"[\t\n\r]")
# What XML cannot hold, and what could command a terminal or a log.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def fit(text: str, most: int) -> str:
    """One line of at most ``most`` characters, without control characters.

    Fitting it again changes nothing.
    """
    line = _UNFIT.sub("", _BLANKS.sub(" ", text)).strip()
    return line[:most].rstrip()
