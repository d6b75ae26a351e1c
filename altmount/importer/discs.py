"""Discs in a post: their images opened, and each shown as its main film or as its tree of files."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TypeVar

from altmount.aio.steps import unhurried
from altmount.archives.discs.disc import Disc, find_discs
from altmount.archives.discs.film import find_film
from altmount.archives.errors import ArchiveError
from altmount.archives.iso.read import read_iso
from altmount.archives.model import Volume
from altmount.archives.parser import Parser
from altmount.articles import ArticleDamagedError, ArticleMissingError
from altmount.importer.archived import Archived, Origin
from altmount.importer.contents import Contents, joined
from altmount.importer.kinds import Kind, kind_of
from altmount.importer.obfuscation import obfuscated
from altmount.importer.obstacles import Obstacle
from altmount.importer.refusals import Reason
from altmount.importer.rules import Discs, DiscView
from altmount.importer.volumes import stem_of
from altmount.reader.probe import probe
from altmount.reader.source import Source

_FILM = "film"

T = TypeVar("T")

OpenContents = Callable[[Contents], Source]

OpenArchives = Callable[[Sequence[Archived]], Awaitable[list[Archived]]]
"""Puts what is in archives in their place."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """Runs parsers over contents."""

    open_contents: OpenContents
    seconds: float
    """How long one may take."""

    async def run(self, parser: Parser[T], volumes: Mapping[int, Contents]) -> T | Obstacle:
        """What a parser finds, or why it got no answers.

        Raises:
            ArchiveError: By the parser.
        """
        sources = {index: self.open_contents(each) for index, each in volumes.items()}
        try:
            async with asyncio.timeout(self.seconds):
                return await probe(parser, sources)
        except (ArticleMissingError, ArticleDamagedError) as error:
            return Obstacle.lost(error)
        except TimeoutError:
            return Obstacle(
                Reason.ARCHIVES_UNSUPPORTED,
                f"after {self.seconds:g} s it was not known what is on it "
                "(import.iso_analyze_timeout_seconds in the settings)",
            )


@dataclass(frozen=True, slots=True)
class _Group:
    """The files of one origin, and the discs among them."""

    origin: Origin | None
    files: tuple[Archived, ...]
    paths: tuple[str, ...]
    """Their paths, parted by ``/``."""

    discs: tuple[Disc, ...]


async def with_discs(
    files: Sequence[Archived],
    open_contents: OpenContents,
    discs: Discs,
    open_archives: OpenArchives,
) -> list[Archived]:
    """The same files, with what is in images in their place, and discs as they are to be shown.

    Every disc is one of its own: its files lie in one archive or one image. An image that is none,
    or that nothing can be shown of, stays what it is.

    Args:
        files: What was found in archives, and images that were posted.
        open_contents: Makes what reads contents.
        discs: How they are to be shown, which is not as images.
        open_archives: For what is in images that are no discs.

    Raises:
        MisinferredError: A volume is not what it was taken to be.
        ArticleUnavailableError: Something could not be asked for; nothing is known.
    """
    reader = _Reader(open_contents, discs.seconds)
    groups = await _grouped(await _expanded(files, reader))
    alone = sum(len(group.discs) for group in groups) == 1
    found: list[Archived] = []
    for group in groups:
        if not group.discs:
            image = group.origin is not None and group.origin.root
            found += await open_archives(group.files) if image else group.files
        elif discs.view is DiscView.TREE:
            found += [file async for file in unhurried(_trees(group, alone=alone))]
        else:
            found += [file async for file in unhurried(_beside_discs(group))]
            sizes = zip(group.paths, group.files, strict=True)
            volumes = [Volume(path, file.size) async for path, file in unhurried(sizes)]
            for disc in group.discs:
                found.append(await _film(group, disc, volumes, reader))
    return found


async def _expanded(files: Sequence[Archived], reader: _Reader) -> list[Archived]:
    """The same files, with what is in images in their place."""
    images = [
        file
        async for file in unhurried(files)
        if file.contents is not None
        and file.contents.divisible
        and kind_of(file.path, file.head) is Kind.ISO
    ]
    roots = {id(image): root for image, root in zip(images, _roots(images), strict=True)}
    found: list[Archived] = []
    async for file in unhurried(files):
        if file.contents is not None and id(file) in roots:
            found += await _inside(file, file.contents, roots[id(file)], reader)
        else:
            found.append(file)
    return found


async def _inside(
    image: Archived, contents: Contents, root: str, reader: _Reader
) -> list[Archived]:
    try:
        archive = await reader.run(read_iso([Volume(image.path, image.size)]), {0: contents})
    except ArchiveError:
        return [image]
    if isinstance(archive, Obstacle):
        return [Archived(image.path, image.size, obstacle=archive, archive=True)]
    origin = Origin(image.path, root, archive.label)
    entries = unhurried(entry for entry in archive.entries if not entry.folder)
    return [Archived.of(entry, [contents], origin) async for entry in entries] or [image]


def _roots(images: Sequence[Archived]) -> Iterator[str]:
    """For each image the folder that what is in it is put in, no two the same.

    It is called as the image, or where others are called so, too, as the image's archive.
    """
    own = [_without_extension(image.path) for image in images]
    times = Counter(map(str.casefold, own))
    taken: set[str] = set()
    for image, name in zip(images, own, strict=True):
        wish = name
        if times[name.casefold()] > 1 and image.origin is not None:
            wish = stem_of(image.origin.name)
        numbered = (f"{wish} ({number})" for number in itertools.count(2))
        root = next(
            root for root in itertools.chain([wish], numbered) if root.casefold() not in taken
        )
        taken.add(root.casefold())
        yield root


async def _grouped(files: Sequence[Archived]) -> list[_Group]:
    by_origin: dict[Origin | None, list[Archived]] = {}
    async for file in unhurried(files):
        by_origin.setdefault(file.origin, []).append(file)
    groups = []
    for origin, own in by_origin.items():
        paths = tuple([_slashed(file.path) async for file in unhurried(own)])
        discs = await probe(find_discs(paths), ())
        groups.append(_Group(origin, tuple(own), paths, discs))
    return groups


def _beside_discs(group: _Group) -> Iterator[Archived]:
    """The files of a group that are not in the folders of its discs."""
    for file, path in zip(group.files, group.paths, strict=True):
        if not any(disc.has(path) for disc in group.discs):
            yield file


def _trees(group: _Group, *, alone: bool) -> Iterator[Archived]:
    """The files of a group, those of discs below a folder for each, or at the top if there is one.

    In an image all files are of its disc.
    """
    origin = group.origin
    root = origin.root if origin is not None else ""
    for file, path in zip(group.files, group.paths, strict=True):
        disc = next((disc for disc in group.discs if disc.has(path)), None)
        folder = f"{root}/" if root else disc.folder if disc is not None else None
        if folder is None:
            yield file
        else:
            name = "" if alone else f"{_name(folder, origin)}/"
            yield replace(file, path=f"{name}{path[len(folder) :]}", on_disc=True)


async def _film(group: _Group, disc: Disc, volumes: Sequence[Volume], reader: _Reader) -> Archived:
    """The main film of a disc, or why there is none."""
    name = f"{_name(disc.folder, group.origin)}{disc.extension}"
    files = group.files
    guides = {index: files[index].contents or Contents() for index in disc.guides.values()}
    film = await reader.run(find_film(volumes, disc), guides)
    if isinstance(film, Obstacle):
        size = max(files[index].size for index in disc.streams.values())
        return Archived(name, size, obstacle=film, film=True)
    parts = [files[part] for part in film.parts]
    size = sum(part.size for part in parts)
    for part in parts:
        if part.obstacle is not None:
            return Archived(name, size, obstacle=part.obstacle, film=True)
    contents = joined([part.contents for part in parts if part.contents is not None])
    return Archived(name, size, contents, film=True)


def _name(folder: str, origin: Origin | None) -> str:
    """What a disc is called that lies in a folder: as this, or as its image or archive."""
    place = folder.rstrip("/") or (stem_of(origin.name) if origin is not None else "") or _FILM
    above, slash, leaf = place.rpartition("/")
    if origin is not None and place == origin.root and origin.label and obfuscated(leaf):
        leaf = origin.label.replace("/", "_")
    return f"{above}{slash}{leaf}"


def _without_extension(path: str) -> str:
    folder, slash, leaf = _slashed(path).rpartition("/")
    return f"{folder}{slash}{PurePosixPath(leaf).stem}"


def _slashed(path: str) -> str:
    return path.replace("\\", "/")
