"""What was found in the archives of a post."""

from __future__ import annotations

from dataclasses import dataclass

from altmount.importer.contents import Contents
from altmount.importer.obstacles import Obstacle


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

    archive: bool = False
    """Whether it is an archive, of which nothing more is known."""


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
