"""The locks that clients hold, for as long as the program runs (RFC 4918, section 6)."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from wsgidav.dav_error import DAVError
from wsgidav.lock_man.lock_storage import LockStorageDict

from altmount.library.paths import VirtualPath
from altmount.webdav.xml import text

MOST = 5000
"""Locks at once."""

MOST_OWNER_BYTES = 4096
"""What a client may write into a lock about itself."""

LONGEST_SECONDS = 86_400.0
"""How long a lock holds that is not refreshed, at most: its owner may never come back."""


_BY_URL = "URL2TOKEN:"
"""Begins the keys under which wsgidav finds locks by their place, among those by their token."""


class Locks(LockStorageDict):  # type: ignore[misc] # wsgidav has no types
    """wsgidav's own locks in memory, with bounds, and a view for the event loop.

    wsgidav's threads change them; whoever looks copies, which takes one step of Python.
    """

    def create(self, path: str, lock: dict[str, Any]) -> dict[str, Any]:
        """Store a lock.

        Raises:
            DAVError: There are too many, or its owner says too much.
        """
        if len(lock["owner"]) > MOST_OWNER_BYTES:
            raise DAVError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE.value, "the owner is too long")
        if len(self._dict) >= 2 * MOST:  # each is there under its token, and under its path
            self._drop_expired()
            if len(self._dict) >= 2 * MOST:
                raise DAVError(HTTPStatus.INSUFFICIENT_STORAGE.value, "there are too many locks")
        lock["timeout"] = _bounded(lock["timeout"])
        created: dict[str, Any] = super().create(path, lock)
        return created

    def refresh(self, token: str, *, timeout: float | None) -> dict[str, Any]:
        """Let a lock hold for longer."""
        refreshed: dict[str, Any] = super().refresh(token, timeout=_bounded(timeout))
        return refreshed

    def active(self) -> Mapping[VirtualPath, Sequence[str]]:
        """The locks that hold now, by the path they are on.

        Each is what an ``activelock`` element has in it, but for the last, its ``lockroot``.
        """
        now = time.time()
        found: dict[VirtualPath, list[str]] = defaultdict(list)
        for key, lock in self._dict.copy().items():
            if not key.startswith(_BY_URL) and lock["expire"] > now:
                found[VirtualPath(unquote(lock["root"]))].append(_content(lock, now))
        return found

    def _drop_expired(self) -> None:
        for key in list(self._dict):
            if not key.startswith(_BY_URL):
                self.get(key)  # which forgets it if its time is over


def _bounded(timeout: float | None) -> float:
    wanted = LONGEST_SECONDS if timeout is None or timeout < 0 else timeout
    return max(1.0, min(wanted, LONGEST_SECONDS))


def _content(lock: Mapping[str, Any], now: float) -> str:
    # wsgidav keeps the owner as a document of its own, with a declaration before it.
    owner = lock["owner"].decode().partition("?>")[2].strip() if lock["owner"] else ""
    return (
        f"<D:locktype><D:{lock['type']}/></D:locktype>"
        f"<D:lockscope><D:{lock['scope']}/></D:lockscope><D:depth>{lock['depth']}</D:depth>{owner}"
        f"<D:timeout>Second-{int(lock['expire'] - now)}</D:timeout>"
        f"<D:locktoken><D:href>{text(lock['token'])}</D:href></D:locktoken>"
    )
