"""What can be found at a path."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from altmount.library.paths import VirtualPath
from altmount.library.status import FileStatus


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the library."""

    path: VirtualPath
    modified: datetime
    """When something in it was added, moved or removed last, or a release came in somewhere
    below. Aware, UTC."""

    id: str
    """Names the folder for good, wherever it is moved: a UUID with its dashes, lower-case."""

    created: datetime
    """Aware, UTC."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the library: one of a release, or a local one."""

    path: VirtualPath
    size: int
    """In bytes."""

    modified: datetime
    """Aware, UTC."""

    etag: str
    """A strong validator, without quotes: the same as long as the same bytes come of the same
    articles, over restarts, renames, copies and rebuilds."""

    id: str
    """Names the file for good, wherever it is moved: a UUID with its dashes, lower-case. A copy
    has one of its own."""

    created: datetime
    """When it came into the library. Aware, UTC."""

    release: str | None = None
    """The release that its bytes belong to; ``None`` for a local file."""

    entry: int | None = None
    """Its place among the files of the release, from 0; ``None`` for a local file."""

    local: str | None = None
    """The digest that a local file's bytes are kept under; ``None`` for a file of a release."""

    status: FileStatus = FileStatus.HEALTHY
    """As far as it is known."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What is in the library, all in all."""

    files: int
    size: int
    """Bytes of all files that can be seen, the copies counted each."""

    local: int
    """Bytes on the disk of all local files, those that were removed and can be brought back
    among them."""

    room: int
    """Bytes that local files may still take."""
