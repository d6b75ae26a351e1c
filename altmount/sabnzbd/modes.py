"""What a client of SABnzbd's API can ask for."""

from __future__ import annotations

import enum
from collections.abc import Mapping


class Mode(enum.StrEnum):
    """One thing to ask for."""

    VERSION = "version"
    AUTH = "auth"
    CONFIG = "get_config"
    CATEGORIES = "get_cats"
    ADD_FILE = "addfile"
    QUEUE = "queue"
    QUEUE_DELETE = "queue delete"
    HISTORY = "history"
    HISTORY_DELETE = "history delete"
    RETRY = "retry"
    STATUS = "status"

    @property
    def open(self) -> bool:
        """Whether it is answered without a key, as SABnzbd does."""
        return self in {Mode.VERSION, Mode.AUTH}


# By `mode`, then by `name` where that says what to do; SABnzbd takes a `name` that it does not
# know for none.
_TABLE: Mapping[str, Mapping[str, Mode]] = {
    "version": {"": Mode.VERSION},
    "auth": {"": Mode.AUTH},
    "get_config": {"": Mode.CONFIG},
    "get_cats": {"": Mode.CATEGORIES},
    "addfile": {"": Mode.ADD_FILE},
    "queue": {"": Mode.QUEUE, "delete": Mode.QUEUE_DELETE},
    "history": {"": Mode.HISTORY, "delete": Mode.HISTORY_DELETE},
    "retry": {"": Mode.RETRY},
    "fullstatus": {"": Mode.STATUS},
    "status": {"": Mode.STATUS},
}

# What changes something: SABnzbd's own `name`s of the queue that are not among the modes above
# must not be answered as if the queue had been asked for.
_REFUSED: Mapping[str, frozenset[str]] = {
    "queue": frozenset(
        {"delete_nzf", "rename", "change_complete_action", "purge", "pause", "resume"}
        | {"priority", "sort"}
    ),
    "history": frozenset({"mark_as_completed"}),
}


def mode_of(mode: str, name: str) -> Mode | None:
    """What ``mode`` and ``name`` of a request ask for; None for what is not known here."""
    by_name = _TABLE.get(mode)
    if by_name is None or name in _REFUSED.get(mode, ()):
        return None
    return by_name.get(name, by_name[""])
