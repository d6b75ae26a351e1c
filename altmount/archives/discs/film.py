"""The main film of a Blu-ray or a DVD, as the files that make it up.

A Blu-ray's is the playlist with the most time that is played once: menus that loop and playlists
made to mislead repeat the same stretches. A DVD's is the title set with the longest title.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from altmount.archives.discs import ifo, mpls
from altmount.archives.discs.disc import Disc
from altmount.archives.discs.ifo import longest_title
from altmount.archives.discs.mpls import TICKS, PlayItem, parse_mpls
from altmount.archives.errors import ArchiveError
from altmount.archives.model import Volume
from altmount.archives.parser import PAUSE, Parser
from altmount.archives.reading import take

MAX_PLAYLISTS = 2_000
"""How many playlists are looked at; discs that are meant to mislead have some hundreds."""

MAX_PLAYLIST_BYTES = 8 * 1024 * 1024
"""How much is read of them together."""


@dataclass(frozen=True, slots=True)
class Film:
    """The main film of a disc."""

    parts: tuple[int, ...]
    """Indexes of the files, in the order in which they play, each once."""

    seconds: int
    """How long it plays; 0 where that is not known."""


def find_film(files: Sequence[Volume], disc: Disc) -> Parser[Film]:
    """Find the main film of a disc.

    It asks for bytes of the playlists or of the title sets' headers, and goes by the others where
    one cannot be read; ``volume`` in a request is an index into ``files``. It raises nothing.
    """
    if disc.extension == ".vob":
        return (yield from _on_dvd(files, disc))
    return (yield from _on_bluray(files, disc))


def _on_bluray(files: Sequence[Volume], disc: Disc) -> Parser[Film]:
    largest = max(disc.streams.values(), key=lambda index: (files[index].size, index))
    best = (0, 0, 0)
    film = Film((largest,), 0)  # if no playlist can be read
    left = MAX_PLAYLIST_BYTES
    for _, playlist in sorted(disc.guides.items())[:MAX_PLAYLISTS]:
        yield PAUSE
        size = min(files[playlist].size, mpls.MAX_SIZE)
        left -= size
        if left < 0:
            break
        try:
            items = parse_mpls((yield from take(files, playlist, 0, size)))
        except ArchiveError:
            continue  # others may be sound
        if all(item.clip in disc.streams for item in items):
            parts = tuple(dict.fromkeys(disc.streams[item.clip] for item in items))
            time = _time_played_once(items)
            rank = time, sum(files[part].size for part in parts), -len(items)
            if rank > best:
                best, film = rank, Film(parts, time // TICKS)
    return film


def _time_played_once(items: Iterable[PlayItem]) -> int:
    """The time that the items cover together, in ticks."""
    total = 0
    reached: dict[str, int] = {}
    for item in sorted(items):
        start = max(item.start, reached.get(item.clip, 0))
        total += max(0, item.stop - start)
        reached[item.clip] = max(item.stop, start)
    return total


def _on_dvd(files: Sequence[Volume], disc: Disc) -> Parser[Film]:
    sets: dict[str, list[int]] = {}
    for number, index in sorted(disc.streams.items()):
        sets.setdefault(number[:2], []).append(index)
    best = (-1, 0)
    film = Film((), 0)
    for number, parts in sets.items():
        seconds = 0
        if number in disc.guides:
            header = disc.guides[number]
            size = min(files[header].size, ifo.MAX_SIZE)
            with suppress(ArchiveError):  # its size still says something
                seconds = longest_title((yield from take(files, header, 0, size)))
        rank = seconds, sum(files[part].size for part in parts)
        if rank > best:
            best, film = rank, Film(tuple(parts), seconds)
    return film
