"""Memory that is free, and that the C library keeps for later."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

SECONDS = 30.0
"""How often it is worth while to give some back; it takes a few milliseconds."""


def trimmer(library: ctypes.CDLL | None = None) -> Callable[[float], None]:
    """What gives free memory back to the system when called; nothing where it cannot be.

    Articles come and go in any order, so glibc's heap gets holes, which it keeps: after hours of
    play the process would be far larger than all that it holds. Other C libraries give memory
    back by themselves.

    Args:
        library: The C library; the one that runs us by default.
    """
    try:
        trim = (library or ctypes.CDLL(None)).malloc_trim
    except (AttributeError, OSError, TypeError):
        return lambda _late: None

    def give_back(_late: float) -> None:
        trim(0)

    return give_back
