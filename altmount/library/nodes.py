"""What can be found at a path."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from altmount.library.paths import VirtualPath


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the library."""

    path: VirtualPath
    modified: datetime
    """When the newest release somewhere below came in. Aware, UTC."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the library."""

    path: VirtualPath
    size: int
    """In bytes."""

    modified: datetime
    """Aware, UTC."""

    etag: str
    """A strong validator, without quotes: the same as long as the same bytes come of the same
    articles, over restarts, renames and rebuilds."""

    release: str
    """The release that it belongs to."""

    entry: int
    """Its place among the files of the release, from 0."""

    @property
    def id(self) -> str:
        """Names the file for good, wherever it is moved: the release and the place in it."""
        return f"{self.release}-{self.entry}"
