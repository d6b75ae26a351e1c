"""What is in the archives of a post: each set is opened, and those in it, so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from altmount.aio.steps import Steps, in_steps, unhurried
from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.articles import ArticleDamagedError, ArticleMissingError, Articles, Urgency
from altmount.importer.archived import Archived, Origin, Unpacked
from altmount.importer.archivesets import ARCHIVES, ArchiveSet, Member, arrange, gather
from altmount.importer.contents import Contents, Inferred, joined
from altmount.importer.discs import with_discs
from altmount.importer.kinds import Kind, kind_of
from altmount.importer.measured import MeasuredFile
from altmount.importer.obstacles import Obstacle
from altmount.importer.opening import ArchiveOpener, Opened
from altmount.importer.posteddiscs import PostedDiscs
from altmount.importer.progress import Told, unheard
from altmount.importer.rclonefiles import decrypted, encrypted
from altmount.importer.rclonesecrets import NO_SECRET, Secret, secrets
from altmount.importer.refusals import Reason
from altmount.importer.rules import Discs, DiscView
from altmount.importer.runs import source_of
from altmount.importer.volumes import volume_name
from altmount.reader.source import Source, read
from altmount.spans import Span

_MOST_LEVELS = 3
"""How deep archives may lie in archives."""

_MOST_ENTRIES = 20_000
"""How many entries a post may have in all its archives."""

_MOST_HEADS = 64
"""Of how many files in archives the first bytes are read, the largest first."""

_HEAD_BYTES = 1024
_ISO_HEAD_BYTES = 34 * 1024
_SMALL = 1024 * 1024
"""What is smaller and has no name that tells is nobody's film."""


_DISCS = Discs()


class Unpacker:
    """Opens the archives of one post.

    Args:
        articles: Where articles come from.
        files: The posted files.
        passwords: What is tried on what is encrypted, in this order.
        rclone: What is tried besides on what rclone has encrypted.
        nested: Whether archives in archives are opened, too.
        discs: How discs are shown.
        thorough: Whether every volume is looked at, and nothing inferred.
        urgency: How soon articles are wanted.
        told: Called with how much of them is done.
    """

    def __init__(
        self,
        articles: Articles,
        files: Sequence[MeasuredFile],
        passwords: Sequence[str] = (),
        *,
        rclone: Secret = NO_SECRET,
        nested: bool = True,
        discs: Discs = _DISCS,
        thorough: bool = False,
        urgency: Urgency = Urgency.IMPORT,
        told: Told = unheard,
    ) -> None:
        self._told = told
        self._articles = articles
        self._files = files
        self._passwords = passwords
        self._rclone = rclone
        self._levels = _MOST_LEVELS if nested else 1
        self._discs = discs
        self._urgency = urgency
        self._entries = 0
        self._opener = ArchiveOpener(passwords, self._source, thorough=thorough)
        self._inferred = False

    async def unpack(
        self, names: Sequence[str], metas: Mapping[str, str] | None = None
    ) -> Unpacked:
        """Open everything.

        Args:
            names: The best names of the posted files.
            metas: Of the head of the NZB.

        Raises:
            MisinferredError: A file is not what it was taken to be; look at it and try again.
            ArticleUnavailableError: Something could not be asked for; nothing is known.
        """
        members, contents = await in_steps(_posted(names, self._files))
        files, volumes = await self._open_all(members, contents, 1)
        crypts = {
            index: found
            for index, file in enumerate(self._files)
            if index not in volumes
            and file.parts is not None
            and (found := encrypted(names[index], file.head, contents[index]))
        }
        if crypts:
            tried = secrets(self._passwords, metas or {}, self._rclone)
            files += await decrypted([*crypts.values()], metas or {}, tried, self._source)
            volumes |= set(crypts)
        if self._discs.view is not DiscView.IMAGE:
            discs = PostedDiscs(names, self._files, contents, self._iso_head)
            async for posted, parts in discs.found(volumes):
                files.append(posted)
                volumes |= parts
            files = await self._with_heads(files, of_what_may_be_an_image=True)
            files = await with_discs(files, self._source, self._discs, self._in_an_image)
        with_heads = tuple(await self._with_heads(files))
        return Unpacked(with_heads, volumes, self._inferred, self._opener.password)

    async def _in_an_image(self, files: Sequence[Archived]) -> list[Archived]:
        """What is in an image that is no disc, with the archives among it opened."""
        return await self._deeper(files, 1)

    async def _open_all(
        self, members: Sequence[Member], contents: Mapping[int, Contents], level: int
    ) -> tuple[list[Archived], frozenset[int]]:
        """What is in all archives among some files, and which files those are."""
        gathered = await in_steps(gather(members))
        files: list[Archived] = []
        sets = [*gathered.sets]
        if gathered.strays:
            try:
                sets += await self._arranged(gathered.strays, contents)
            except ArchiveError as error:
                size = sum(member.size for member in gathered.strays)
                files.append(_unopened(gathered.strays[0].name, size, error))
            except (ArticleMissingError, ArticleDamagedError) as error:
                size = sum(member.size for member in gathered.strays)
                lost = Obstacle.lost(error)
                files.append(Archived(gathered.strays[0].name, size, obstacle=lost, archive=True))
        for number, found in enumerate(sets):
            if level == 1:
                self._told(number / len(sets))
            files += await self._open(found, contents, level)
        return files, gathered.indexes

    async def _arranged(
        self, strays: Sequence[Member], contents: Mapping[int, Contents]
    ) -> Sequence[ArchiveSet]:
        for numbered in (False, True):
            identified = [
                (member, identity)
                for member in strays
                if (
                    identity := await self._opener.identity(
                        member, contents[member.index], numbered=numbered
                    )
                )
            ]
            if len(strays) <= 1 or all(each.number is not None for _, each in identified):
                break
        return arrange(identified)

    async def _open(
        self, found: ArchiveSet, contents: Mapping[int, Contents], level: int
    ) -> list[Archived]:
        """What is in a set, or the set itself as what cannot be opened."""
        faulty = [each for each in found.members if each.fault is not None]
        if faulty:
            names = f"{len(faulty)} of its {len(found.members)} volumes lack articles"
            reason = faulty[0].fault or Reason.ARTICLES_MISSING
            return [
                Archived(found.name, found.size, obstacle=Obstacle(reason, names), archive=True)
            ]
        try:
            _check(found)
            volumes = [contents[member.index] for member in found.members]
            if found.cut:
                volumes = [joined(volumes)]
            read_with = await self._opener.read(found, volumes)
            archive = read_with.archive
            self._entries += len(archive.entries)
            if self._entries > _MOST_ENTRIES:
                raise ArchiveError(
                    ArchiveFault.TOO_LARGE, f"it has more than {_MOST_ENTRIES:,} entries"
                )
        except ArchiveError as error:
            return [_unopened(found.name, found.size, error)]
        except (ArticleMissingError, ArticleDamagedError) as error:
            return [Archived(found.name, found.size, obstacle=Obstacle.lost(error), archive=True)]
        inferred = self._inferred_of(read_with, found, volumes)
        entries = {entry.path: entry for entry in archive.entries if not entry.folder}
        origin = Origin(found.name)
        files = [
            Archived.of(entry, volumes, origin, inferred)
            async for entry in unhurried(entries.values())
        ]
        return await self._deeper(files, level)

    def _inferred_of(
        self, read_with: Opened, found: ArchiveSet, volumes: Sequence[Contents]
    ) -> Mapping[int, Inferred]:
        """What was inferred of the headers of a set, by volume."""
        archive = read_with.archive
        extents = [extent for entry in archive.entries for extent in entry.extents]
        self._inferred |= any(extent.inferred for extent in extents)
        self._inferred |= any(member.inferred for member in found.members)
        return {
            index: Inferred(lead, volumes[index].slice(Span(0, lead.run.start)), read_with.password)
            for index, lead in archive.leads.items()
        }

    async def _deeper(self, files: Sequence[Archived], level: int) -> list[Archived]:
        """The same files, with archives among them opened."""
        inner = [
            index
            async for index, file in unhurried(enumerate(files))
            if file.contents is not None and kind_of(file.path) in {*ARCHIVES, Kind.SPLIT}
        ]
        if not inner or level >= self._levels:
            return list(files)
        members, contents = [], {}
        for index in inner:
            file = files[index]
            assert file.contents is not None  # noqa: S101 -- chosen so
            contents[index] = file.contents
            head = b""
            if not _tells(file.path):
                with suppress(ArticleMissingError, ArticleDamagedError):
                    head = await self._head(file.contents, _HEAD_BYTES)
            members.append(Member(index, file.path, file.size, head))
        opened, volumes = await self._open_all(members, contents, level + 1)
        kept = [file for index, file in enumerate(files) if index not in volumes]
        return [*kept, *opened]

    async def _with_heads(
        self, files: Sequence[Archived], *, of_what_may_be_an_image: bool = False
    ) -> list[Archived]:
        """The same files, the first bytes of the largest read that were not."""
        readable = []
        async for index, file in unhurried(enumerate(files)):
            if file.contents is not None and not file.head and not file.on_disc:
                kind = kind_of(file.path)
                unknown = kind is Kind.OTHER and file.size >= _SMALL
                if (
                    unknown
                    if of_what_may_be_an_image
                    else kind is Kind.MEDIA or file.size >= _SMALL
                ):
                    readable.append(index)
        largest = sorted(readable, key=lambda index: -files[index].size)[:_MOST_HEADS]
        found = list(files)
        async for index in unhurried(sorted(largest)):
            file = files[index]
            assert file.contents is not None  # noqa: S101 -- chosen so
            size = _HEAD_BYTES if kind_of(file.path) is Kind.MEDIA else _ISO_HEAD_BYTES
            try:
                head = await self._head(file.contents, size)
            except (ArticleMissingError, ArticleDamagedError) as error:
                found[index] = Archived(file.path, file.size, obstacle=Obstacle.lost(error))
            else:
                found[index] = replace(file, head=head)
        return found

    async def _iso_head(self, contents: Contents) -> bytes:
        return await self._head(contents, _ISO_HEAD_BYTES)

    async def _head(self, contents: Contents, size: int) -> bytes:
        source = self._source(contents)
        return await read(source, Span(0, min(size, source.size)))

    def _source(self, contents: Contents) -> Source:
        return source_of(self._articles, self._files, contents, self._urgency)


def _posted(
    names: Sequence[str], files: Sequence[MeasuredFile]
) -> Steps[tuple[list[Member], dict[int, Contents]]]:
    """The posted files as what may be volumes, and as contents."""
    members, contents = [], {}
    for index, (name, file) in enumerate(zip(names, files, strict=True)):
        fault = file.fault.reason if file.fault else None
        members.append(Member(index, name, file.size, file.head, file.inferred, fault))
        contents[index] = Contents.posted([(index, file.size)])
        yield
    return members, contents


def _tells(path: str) -> bool:
    """Whether the name of a file is enough to know of which archive it is a volume."""
    said = volume_name(path)
    return said is not None and (said.scheme != "number" or said.number > 1)


def _check(found: ArchiveSet) -> None:
    """See that all volumes are there.

    Raises:
        ArchiveError: VOLUMES_MISSING.
    """
    if found.missing:
        places = ", ".join(str(place + 1) for place in found.missing[:5])
        raise ArchiveError(
            ArchiveFault.VOLUMES_MISSING,
            f"{len(found.missing)} of its volumes are not in the post (number {places})",
        )


def _unopened(name: str, size: int, error: ArchiveError) -> Archived:
    return Archived(name, size, obstacle=Obstacle.of(error.fault, str(error)), archive=True)
