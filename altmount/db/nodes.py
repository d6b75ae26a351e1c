"""What the index says of files and folders, and how that changes; values only.

Folders and files are nodes of one tree, each in its parent under a name. What was removed is
in a tree of its own, the trash, until it is let go; so everything keeps its id, and taking a
removal back is one move.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

ROOT_ID = "00000000-0000-0000-0000-000000000000"
TRASH_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"


class Place(NamedTuple):
    """A name in a folder."""

    parent: str
    """The folder's id."""

    name: str


class NodeRow(NamedTuple):
    """A file or folder. A tuple, since listings make thousands."""

    id: str
    parent: str | None
    name: str
    created: datetime
    modified: datetime
    release: str | None
    """Of a file the release that its bytes belong to; of a folder the one that has it for
    itself, ``None`` if releases share it."""

    entry: int | None
    local: str | None
    size: int | None
    """``None`` for folders."""

    etag: str | None
    status: str | None = None
    """How the file is; ``None`` for folders, and for files that nothing is known to ail."""

    @property
    def is_folder(self) -> bool:
        return self.size is None


@dataclass(frozen=True, slots=True)
class Shift:
    """A node, with all that is in it, that came into one place and out of another."""

    id: str
    was: Place | None
    """``None`` if it was made."""

    now: Place


@dataclass(frozen=True, slots=True)
class Effects:
    """What a change does to the tree, in this order."""

    at: datetime
    drop: tuple[str, ...] = ()
    """Forgotten, with all that is in them."""

    shifts: tuple[Shift, ...] = ()
    """Those of made nodes only say where the topmost are; the nodes stand in ``add``."""

    add: tuple[NodeRow, ...] = ()
    """Each after the folder that it is in."""

    touch: tuple[str, ...] = ()
    """Folders that are modified as of ``at``."""

    def __bool__(self) -> bool:
        """Whether it does anything."""
        return bool(self.drop or self.shifts or self.add or self.touch)


@dataclass(frozen=True, slots=True)
class Record:
    """An entry of the journal, as far as people and undoing are concerned."""

    number: int
    at: datetime
    action: str
    door: str
    user: str
    client: str
    source: str
    """The path that it was about."""

    target: str | None = None
    """The path that it led to, if there is another."""

    reason: str = ""
    """Why, where that does not go without saying."""

    shifts: tuple[Shift, ...] = ()
    undoes: int | None = None
    """The entry that it took back."""

    undone_by: int | None = field(default=None, compare=False)
    """The entry that took it back."""
