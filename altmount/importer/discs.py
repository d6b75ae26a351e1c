"""Discs in a post: their images opened, and their films in place of the files of a disc."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from altmount.archives.discs.film import Film, find_films
from altmount.archives.errors import ArchiveError
from altmount.archives.iso.read import read_iso
from altmount.archives.model import Volume
from altmount.articles import ArticleDamagedError, ArticleMissingError
from altmount.importer.archived import Archived
from altmount.importer.contents import Contents, contents_of, joined
from altmount.importer.kinds import Kind, kind_of
from altmount.reader.probe import probe
from altmount.reader.source import Source

_DISC_FOLDERS = ("BDMV", "CERTIFICATE", "AACS", "ANY!", "MAKEMKV", "VIDEO_TS", "AUDIO_TS")
_FILM = "film"

OpenContents = Callable[[Contents], Source]


async def with_discs(files: Sequence[Archived], open_contents: OpenContents) -> list[Archived]:
    """The same files, with what is in images in their place, and films in that of discs.

    An image that cannot be opened stays what it is, and so does a disc without a film.

    Raises:
        MisinferredError: A volume is not what it was taken to be.
        ArticleUnavailableError: Something could not be asked for; nothing is known.
    """
    found: list[Archived] = []
    for file in files:
        image = file.contents is not None and kind_of(file.path, file.head) is Kind.ISO
        found += await _opened(file, open_contents) if image else [file]
    readable = [file for file in found if file.contents is not None]
    volumes = [Volume(file.path.replace("\\", "/"), file.size) for file in readable]
    sources = [open_contents(file.contents) for file in readable if file.contents is not None]
    try:
        films = await probe(find_films(volumes), sources)
    except (ArchiveError, ArticleMissingError, ArticleDamagedError):
        return found
    for film in films:
        if film.parts:
            parts = [contents for part in film.parts if (contents := readable[part].contents)]
            whole = joined(parts)
            path = f"{film.folder}{_name(film)}{film.extension}"
            found = [file for file in found if not _is_of(film, file)]
            found.append(Archived(path, whole.size, whole, film=True))
    return found


async def _opened(image: Archived, open_contents: OpenContents) -> list[Archived]:
    assert image.contents is not None  # noqa: S101 -- chosen so
    volumes, stem = [image.contents], PurePosixPath(image.path.replace("\\", "/")).stem
    try:
        archive = await probe(
            read_iso([Volume(image.path, image.size)]), [open_contents(image.contents)]
        )
        inside = [
            Archived(f"{stem}/{entry.path}", entry.size, contents_of(entry, volumes))
            for entry in archive.entries
            if not entry.folder and entry.obstacle is None
        ]
    except (ArchiveError, ArticleMissingError, ArticleDamagedError):
        return [image]
    return inside or [image]


def _name(film: Film) -> str:
    return PurePosixPath(film.folder).name or _FILM


def _is_of(film: Film, file: Archived) -> bool:
    """Whether a file is one of those that make up a disc."""
    path = file.path.replace("\\", "/")
    below = path[len(film.folder) :].partition("/")[0].upper()
    return path.startswith(film.folder) and below in _DISC_FOLDERS and not file.film
