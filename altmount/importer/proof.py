"""What a post must show before it is said to be complete: that its films begin as films do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from altmount.importer.kinds import AUDIO_EXTENSIONS, VIDEO_EXTENSIONS
from altmount.importer.magic import extension_of
from altmount.importer.progress import Told, unheard
from altmount.importer.refusals import Reason, Refusal
from altmount.importer.rules import extension_of as named_extension
from altmount.library.paths import name_of
from altmount.library.release import Entry
from altmount.reader.extents import ExtentMap
from altmount.reader.inference import Reliances
from altmount.reader.proven import source_of_file
from altmount.reader.source import Source, read
from altmount.spans import Span

_HEAD_BYTES = 512

_MOST_READ = 64
"""Of how many films the first bytes are read, the largest first."""

# Of these each file begins with something that no other kind of file begins with.
_TELLING = frozenset({
    *(".mkv", ".mk3d", ".webm", ".mp4", ".m4v", ".mov", ".avi", ".wmv", ".asf", ".flv", ".ogv"),
    ".ogm",
})  # fmt: skip


class OpenSource(Protocol):
    """Makes what reads the bytes of a map: the very thing that players read through."""

    def __call__(self, extents: ExtentMap, /) -> Source: ...


async def prove(entries: Iterable[Entry], open_source: OpenSource, told: Told = unheard) -> None:
    """Read the first bytes of each film, as a player will, and see that they are a film's.

    Args:
        entries: Films and whatever else there is.
        open_source: Makes what is read.
        told: Called with how much of that is done.

    Raises:
        Refusal: NOT_PLAYABLE.
        ArticleMissingError: They are on no provider.
        ArticleDamagedError: They are damaged on every provider.
        ArticleUnavailableError: They could not be asked for; nothing is known.
    """
    films = [entry for entry in entries if named_extension(entry.path) in _TELLING and entry.size]
    largest = sorted(films, key=lambda each: -each.size)[:_MOST_READ]
    for number, entry in enumerate(largest):
        told(number / len(largest))
        reliances = Reliances(entry.reliances)
        source = source_of_file(open_source, entry.map, entry.transform, reliances)
        head = await read(source, Span(0, min(_HEAD_BYTES, source.size)))
        if extension_of(head) not in VIDEO_EXTENSIONS | AUDIO_EXTENSIONS:
            raise Refusal(
                Reason.NOT_PLAYABLE,
                f"{name_of(entry.path)!r} does not begin as a film does; it is something else, "
                "or encrypted in a way that cannot be told; get another post",
            )
