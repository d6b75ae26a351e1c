"""What was found in the archives of a post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from altmount.archives.errors import ArchiveError
from altmount.archives.model import Entry
from altmount.importer.contents import Contents, Inferred, contents_of
from altmount.importer.obstacles import Obstacle

_NOTHING: Mapping[int, Inferred] = {}


@dataclass(frozen=True, eq=False, slots=True)
class Origin:
    """The archive, or the image of a disc, that files were found in. Each is one of its own."""

    name: str
    """Of the image or of the first volume: hostile."""

    root: str = ""
    """For an image, the folder that its files are put in: it would stand there."""

    label: str = ""
    """What an image says that its disc is called: hostile."""


@dataclass(frozen=True, slots=True)
class Archived:
    """A file in an archive, or an archive that cannot be opened."""

    path: str
    """As archived, or the archive's name: hostile."""

    size: int
    contents: Contents | None = None
    head: bytes = b""
    """Its first bytes, where they were read."""

    obstacle: Obstacle | None = None

    film: bool = False
    """Whether it is the film of a disc, which is shown whatever its extension."""

    on_disc: bool = False
    """Whether it is a file of a disc that is shown as its tree: whatever its extension, and under
    no other name."""

    archive: bool = False
    """Whether it is an archive, of which nothing more is known."""

    origin: Origin | None = None
    """Where it was found; ``None`` for what was posted."""

    @classmethod
    def of(
        cls,
        entry: Entry,
        volumes: Sequence[Contents],
        origin: Origin,
        inferred: Mapping[int, Inferred] = _NOTHING,
    ) -> Archived:
        """A file of an archive.

        Args:
            entry: It.
            volumes: What the volumes of the archive are made of.
            origin: The archive.
            inferred: What was inferred of some volumes, by their indexes.
        """
        path = f"{origin.root}/{entry.path}" if origin.root else entry.path
        if entry.obstacle is not None:
            obstacle = Obstacle.of(entry.obstacle, entry.detail)
            return cls(path, entry.size, obstacle=obstacle, origin=origin)
        try:
            return cls(path, entry.size, contents_of(entry, volumes, inferred), origin=origin)
        except ArchiveError as error:
            obstacle = Obstacle.of(error.fault, str(error))
            return cls(path, entry.size, obstacle=obstacle, origin=origin)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What the archives of a post have in them."""

    files: tuple[Archived, ...] = ()
    volumes: frozenset[int] = frozenset()
    """The posted files that are volumes, and so nothing to show."""

    inferred: bool = False
    """Whether anything was taken to be as its neighbours, and not looked at."""

    password: str | None = None
    """The one that opened something."""
