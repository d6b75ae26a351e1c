"""What a client of SABnzbd's API can ask for, and what its key must open for it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass


class Right(enum.Enum):
    """What a key opens."""

    NZB = "nzb"  #: Handing NZBs over.
    READ = "read"  #: Looking at the queue, the history and all else.
    CHANGE = "change"  #: Changing them.


class Mode(enum.StrEnum):
    """One thing to ask for; the word is the one of `mode`, with that of `name` behind it."""

    VERSION = "version"
    AUTH = "auth"
    GET_CONFIG = "get_config"
    GET_CATS = "get_cats"
    GET_SCRIPTS = "get_scripts"
    ADD_FILE = "addfile"
    ADD_URL = "addurl"
    ADD_LOCAL_FILE = "addlocalfile"
    QUEUE = "queue"
    QUEUE_DELETE = "queue delete"
    QUEUE_PURGE = "queue purge"
    QUEUE_PAUSE = "queue pause"
    QUEUE_RESUME = "queue resume"
    QUEUE_PRIORITY = "queue priority"
    QUEUE_RENAME = "queue rename"
    SWITCH = "switch"
    CHANGE_CAT = "change_cat"
    CHANGE_OPTS = "change_opts"
    HISTORY = "history"
    HISTORY_DELETE = "history delete"
    RETRY = "retry"
    RETRY_ALL = "retry_all"
    PAUSE = "pause"
    RESUME = "resume"
    SPEED_LIMIT = "config speedlimit"
    SET_PAUSE = "config set_pause"
    GET_FILES = "get_files"
    FULL_STATUS = "fullstatus"
    STATUS = "status"
    SERVER_STATS = "server_stats"
    WARNINGS = "warnings"
    WARNINGS_CLEAR = "warnings clear"
    LOCKED = "set_config"
    DENIED = "shutdown"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a word of `mode` leads to."""

    plain: Mode | None
    """Without a `name`; None where it needs one."""

    named: Mapping[str, Mode | None]
    """With a `name`; None where that is known to SABnzbd and not to us."""

    strict: bool = False
    """Whether another `name` is refused; else it counts as none."""


def _plain(mode: Mode) -> Entry:
    return Entry(mode, {})


_QUEUE: Mapping[str, Mode | None] = {
    "delete": Mode.QUEUE_DELETE,
    "purge": Mode.QUEUE_PURGE,
    "pause": Mode.QUEUE_PAUSE,
    "resume": Mode.QUEUE_RESUME,
    "priority": Mode.QUEUE_PRIORITY,
    "rename": Mode.QUEUE_RENAME,
    "change_name": Mode.QUEUE_RENAME,
    "switch": Mode.SWITCH,
    "move": Mode.SWITCH,
    "change_cat": Mode.CHANGE_CAT,
    "change_opts": Mode.CHANGE_OPTS,
    "delete_nzf": None,
    "change_complete_action": None,
    "sort": None,
}

TABLE: Mapping[str, Entry] = {
    "version": _plain(Mode.VERSION),
    "auth": _plain(Mode.AUTH),
    "get_config": _plain(Mode.GET_CONFIG),
    "get_cats": _plain(Mode.GET_CATS),
    "get_scripts": _plain(Mode.GET_SCRIPTS),
    "addfile": _plain(Mode.ADD_FILE),
    "addurl": _plain(Mode.ADD_URL),
    "addlocalfile": _plain(Mode.ADD_LOCAL_FILE),
    "queue": Entry(Mode.QUEUE, _QUEUE),
    "switch": _plain(Mode.SWITCH),
    "change_cat": _plain(Mode.CHANGE_CAT),
    "change_opts": _plain(Mode.CHANGE_OPTS),
    "history": Entry(Mode.HISTORY, {"delete": Mode.HISTORY_DELETE}, strict=True),
    "retry": _plain(Mode.RETRY),
    "retry_all": _plain(Mode.RETRY_ALL),
    "pause": _plain(Mode.PAUSE),
    "resume": _plain(Mode.RESUME),
    "get_files": _plain(Mode.GET_FILES),
    "fullstatus": _plain(Mode.FULL_STATUS),
    "status": Entry(
        Mode.STATUS,
        dict.fromkeys(
            ("unblock_server", "delete_orphan", "delete_all_orphan", "add_orphan", "add_all_orphan")
        ),
    ),
    "server_stats": _plain(Mode.SERVER_STATS),
    "warnings": Entry(
        Mode.WARNINGS, {"show": Mode.WARNINGS, "clear": Mode.WARNINGS_CLEAR}, strict=True
    ),
    "config": Entry(
        None,
        {
            "speedlimit": Mode.SPEED_LIMIT,
            "set_pause": Mode.SET_PAUSE,
            "set_apikey": Mode.LOCKED,
            "set_nzbkey": Mode.LOCKED,
        },
        strict=True,
    ),
    "speedlimit": _plain(Mode.SPEED_LIMIT),
    "set_config": _plain(Mode.LOCKED),
    "set_config_default": _plain(Mode.LOCKED),
    "del_config": _plain(Mode.LOCKED),
    "shutdown": _plain(Mode.DENIED),
    "restart": _plain(Mode.DENIED),
    "restart_repair": _plain(Mode.DENIED),
}
"""What is known, by `mode`."""

_OPEN = frozenset({Mode.VERSION, Mode.AUTH})
_HANDING_OVER = frozenset({Mode.ADD_FILE, Mode.ADD_URL, Mode.ADD_LOCAL_FILE})
_READING = frozenset(
    {
        *(Mode.GET_CONFIG, Mode.GET_CATS, Mode.GET_SCRIPTS, Mode.QUEUE, Mode.HISTORY),
        *(Mode.GET_FILES, Mode.FULL_STATUS, Mode.STATUS, Mode.SERVER_STATS, Mode.WARNINGS),
    }
)


def mode_of(mode: str, name: str) -> Mode | None:
    """What ``mode`` and ``name`` of a request ask for; None for what is not known here."""
    entry = TABLE.get(mode)
    if entry is None:
        return None
    if name in entry.named:
        return entry.named[name]
    return entry.plain if not name or not entry.strict else None


def right_to(mode: Mode | None) -> Right | None:
    """What a key must open for a mode, or for one that is not known; None where none is needed."""
    if mode in _OPEN:
        return None
    if mode in _HANDING_OVER:
        return Right.NZB
    return Right.READ if mode in _READING else Right.CHANGE


def changes(mode: Mode) -> bool:
    """Whether a mode changes anything: then it is seen through, even if the client leaves."""
    return right_to(mode) in {Right.NZB, Right.CHANGE}
