"""What the library keeps of a release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from altmount.library.paths import VirtualPath
from altmount.library.status import FileStatus
from altmount.nzb.model import Nzb
from altmount.reader.extents import ArticleTable, ExtentMap
from altmount.reader.inference import Reliance
from altmount.reader.transform import Transform


@dataclass(frozen=True, slots=True)
class Entry:
    """A virtual file of a release."""

    path: VirtualPath
    """In a draft where it wishes to be, in a release where it is."""

    size: int
    """In bytes: what its map has, or its transform makes of that."""

    modified: datetime
    """Aware. Kept to the microsecond."""

    map: ExtentMap
    """Into the release's own article table."""

    transform: Transform | None = None
    """What has to be done to the bytes of the map."""

    reliances: tuple[Reliance, ...] = ()
    """What was only inferred of it."""

    status: FileStatus = FileStatus.HEALTHY


@dataclass(frozen=True, slots=True)
class Draft:
    """A release on its way in: its paths are wishes, see :meth:`.library.Library.publish`."""

    folder: VirtualPath
    """The folder that it wants for itself alone; every entry wishes to be somewhere below."""

    nzb: Nzb
    table: ArticleTable
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """All that is kept of a post: enough to read its files, and to write its NZB again."""

    id: str
    """32 hex digits, the job's ``release``."""

    name: str
    category: str | None
    created: datetime
    """When its files came into the library. Aware."""

    folder: VirtualPath
    """Its own: all its files, and nobody else's, are below."""

    nzb: Nzb
    table: ArticleTable
    entries: tuple[Entry, ...]
