"""Discs that were posted as they are: their images, whole or cut into parts, and their files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Container, Mapping, Sequence
from contextlib import suppress

from altmount.aio.steps import unhurried
from altmount.archives.discs.disc import find_discs
from altmount.articles import ArticleDamagedError, ArticleMissingError
from altmount.importer.archived import Archived
from altmount.importer.contents import Contents, joined
from altmount.importer.kinds import Kind, kind_of
from altmount.importer.measured import MeasuredFile
from altmount.importer.obstacles import Obstacle
from altmount.importer.refusals import Reason
from altmount.importer.splits import split_sets
from altmount.reader.probe import probe

ReadHead = Callable[[Contents], Awaitable[bytes]]
"""Reads as many first bytes as tell an image."""


class PostedDiscs:
    """The images, and the files of discs, among posted files.

    Args:
        names: The best names of these.
        files: What is known of them.
        contents: What each is made of, by its index.
        read_head: For those whose names tell nothing.
    """

    def __init__(
        self,
        names: Sequence[str],
        files: Sequence[MeasuredFile],
        contents: Mapping[int, Contents],
        read_head: ReadHead,
    ) -> None:
        self._names = names
        self._files = files
        self._contents = contents
        self._read_head = read_head

    async def found(self, taken: Container[int]) -> AsyncIterator[tuple[Archived, frozenset[int]]]:
        """Each image or file of a disc, and which posted files it is."""
        names = self._names
        left = [index async for index in unhurried(range(len(names))) if index not in taken]
        async for index in unhurried(left):
            head = await self._first_bytes(names[index], index)
            if kind_of(names[index], head) is Kind.ISO:
                yield self._whole(names[index], [index], head), frozenset([index])
        paths = [names[index].replace("\\", "/") for index in left]
        discs = await probe(find_discs(paths), ())
        if discs:
            async for index, path in unhurried(zip(left, paths, strict=True)):
                if any(disc.has(path) for disc in discs):
                    yield self._whole(path, [index], self._files[index].head), frozenset([index])
        places = {names[index]: index for index in reversed(left)}
        for cut in split_sets(names[index] for index in left):
            parts = [places[part] for part in cut.parts]
            head = await self._first_bytes(cut.name, parts[0])
            if kind_of(cut.name, head) is Kind.ISO:
                yield self._whole(cut.name, parts, head, len(cut.missing)), frozenset(parts)

    async def _first_bytes(self, name: str, index: int) -> bytes:
        """Of a posted file: more than are kept where it begins with nothing, as images do."""
        file = self._files[index]
        blank = file.head.count(0) == len(file.head) > 0
        if blank and file.parts is not None and kind_of(name) is Kind.OTHER:
            with suppress(ArticleMissingError, ArticleDamagedError):
                return await self._read_head(self._contents[index])
        return file.head

    def _whole(self, name: str, parts: Sequence[int], head: bytes, missing: int = 0) -> Archived:
        """Posted files as one, or why that cannot be had."""
        files = [self._files[part] for part in parts]
        size = sum(file.size or file.encoded_size for file in files)
        faults = [file.fault for file in files if file.fault is not None]
        if faults:
            obstacle = Obstacle(faults[0].reason, "it is of a disc")
            return Archived(name, size, obstacle=obstacle, archive=True)
        if missing:
            detail = f"{missing} of the parts that it was cut into are not in the post"
            obstacle = Obstacle(Reason.VOLUMES_MISSING, detail)
            return Archived(name, size, obstacle=obstacle, archive=True)
        return Archived(name, size, joined([self._contents[part] for part in parts]), head)
