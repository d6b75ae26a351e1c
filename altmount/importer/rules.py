"""What the user wants of imports, and where that puts a release."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from altmount.importer.kinds import VIDEO_EXTENSIONS
from altmount.importer.rclonesecrets import NO_SECRET, Secret
from altmount.library.paths import ROOT, VirtualPath, join, safe_name, split_extension

_MOST_FOLDERS, _MOST_LETTERS = 16, 500


class DiscView(enum.Enum):
    """What is shown of a disc."""

    IMAGE = "image"  #: Its image, as a file like others.
    TREE = "tree"  #: Its files.
    FILM = "film"  #: Its main film.


@dataclass(frozen=True, slots=True)
class Discs:
    """How discs are shown."""

    view: DiscView = DiscView.FILM

    seconds: float = 120.0
    """How long it may take to learn what is on one."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that decide what of a release is shown, as what, and where."""

    allowed_extensions: frozenset[str] = frozenset()
    """Lower-case, with the dot; none lets all in."""

    filter_samples: bool = True
    rename_to_nzb_name: bool = True

    passwords: tuple[str, ...] = ()
    """What is tried on what is encrypted, besides what comes with an NZB."""

    rclone: Secret = NO_SECRET
    """What is tried besides on what rclone has encrypted."""

    nested_archives: bool = True
    """Whether archives in archives are opened, too."""

    discs: Discs = Discs()
    """How Blu-rays and DVDs are shown."""

    sample_percent: int = 1
    """How many articles of a post are asked after, in percent, at the most 55."""

    tolerant: bool = True
    """Whether films that lack little are shown, with zeros in place of what is missing."""

    complete_dir: str = "/complete"
    """The folder in the library that all imports are in."""

    categories: Mapping[str, str] = field(default_factory=dict)
    """The folder of each category below ``complete_dir``, by its name."""

    def allows(self, name: str) -> bool:
        """Whether files that are called so may be shown."""
        return not self.allowed_extensions or extension_of(name) in self.allowed_extensions

    def folder(self, title: str, category: str | None) -> VirtualPath:
        """Where a release wishes to be."""
        stem, extension = split_extension(title)
        if extension[1:].lower() in VIDEO_EXTENSIONS:
            title = stem  # a folder is not a film
        return join(self.root(category), safe_name(title.replace("/", "_")))

    def root(self, category: str | None) -> VirtualPath:
        """The folder that all releases of a category are in."""
        below = self.categories.get(category, category) if category else ""
        place = ROOT
        for part in [*self.complete_dir.split("/"), *below.split("/")]:
            if part.strip():
                place = join(place, safe_name(part))
        return place

    @property
    def roots(self) -> frozenset[VirtualPath]:
        """The folders that imports are in, of every category and of none."""
        return frozenset(map(self.root, (None, *self.categories)))


def extension_of(name: str) -> str:
    """The extension of a file name, lower-case, with its dot; empty if it has none."""
    return split_extension(leaf_of(name))[1].lower()


def leaf_of(name: str) -> str:
    """A posted file's name without the folders that its poster put before it."""
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2]


def path_below(path: str, title: str) -> str:
    """Where a file of a release goes below its folder: as its poster put it, but within bounds.

    A folder in it that is called as the release is one too many. Where there are too many
    folders, or their names are too long, the file goes into the folder of the release itself.
    """
    parts = [part for part in path.replace("\\", "/").split("/") if part.strip(" .")]
    *folders, leaf = parts or [""]
    if folders and folders[0].casefold() == title.casefold():
        del folders[0]
    safe = [safe_name(folder) for folder in folders[:_MOST_FOLDERS]]
    if len(folders) > _MOST_FOLDERS or sum(map(len, safe)) > _MOST_LETTERS:
        safe = []
    return "/".join([*safe, safe_name(leaf)])
