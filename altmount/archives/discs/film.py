"""The main film of a Blu-ray or a DVD, as the files that make it up.

It is looked for among files with paths, wherever they lie: in an image, or as a folder in an
archive. A Blu-ray's is the playlist with the most time that is played once: menus that loop and
playlists made to mislead repeat the same stretches. A DVD's is the title set with the longest
title.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from altmount.archives.discs import ifo, mpls
from altmount.archives.discs.ifo import longest_title
from altmount.archives.discs.mpls import TICKS, PlayItem, parse_mpls
from altmount.archives.errors import ArchiveError
from altmount.archives.model import Volume
from altmount.archives.parser import Parser
from altmount.archives.reading import take

MAX_DISCS = 16
"""How many discs of a kind are looked at."""

MAX_PLAYLISTS = 2_000
"""How many playlists are looked at; discs that are meant to mislead have some hundreds."""

MAX_PLAYLIST_BYTES = 8 * 1024 * 1024
"""How much is read of them together."""

_CLIP = re.compile(r"((?:^|.*/)BDMV/)STREAM/(\d{5})\.m2ts", re.IGNORECASE)
_CLIP_3D = re.compile(r"((?:^|.*/)BDMV/)STREAM/SSIF/(\d{5})\.ssif", re.IGNORECASE)
_PLAYLIST = re.compile(r"((?:^|.*/)BDMV/)PLAYLIST/(\d{5})\.mpls", re.IGNORECASE)
_TITLE_SET = re.compile(r"((?:^|.*/)VIDEO_TS/)VTS_(\d\d)_0\.IFO", re.IGNORECASE)
_TITLES = re.compile(r"((?:^|.*/)VIDEO_TS/)VTS_(\d\d_[1-9])\.VOB", re.IGNORECASE)

_Numbered = dict[str, int]
"""Indexes of files by their number."""


@dataclass(frozen=True, slots=True)
class Film:
    """The main film of a disc."""

    folder: str
    """Where the disc lies among the files, with a slash at its end; empty for the top."""

    extension: str
    """Of what the files make up when they are joined: ``.m2ts``, ``.ssif`` or ``.vob``."""

    parts: tuple[int, ...]
    """Indexes of the files, in the order in which they play, each once."""

    seconds: int
    """How long it plays; 0 where that is not known."""


def find_films(files: Sequence[Volume]) -> Parser[tuple[Film, ...]]:
    """Find the main film of each disc among files, whose names are their paths.

    It asks for bytes of the playlists or of the title sets' headers; ``volume`` in a request
    is an index into ``files``.

    Raises:
        ArchiveError: TRUNCATED, if a file that is asked for is shorter than it should be.
    """
    known = tuple(files)
    clips, clips_3d = _numbered(known, _CLIP), _numbered(known, _CLIP_3D)
    playlists = _numbered(known, _PLAYLIST)
    films = []
    for folder in sorted(clips.keys() | clips_3d.keys())[:MAX_DISCS]:
        own = {".m2ts": clips.get(folder, {}), ".ssif": clips_3d.get(folder, {})}
        film = yield from _on_bluray(known, folder, own, playlists.get(folder, {}))
        films.append(film)
    titles, headers = _numbered(known, _TITLES), _numbered(known, _TITLE_SET)
    for folder in sorted(titles)[:MAX_DISCS]:
        film = yield from _on_dvd(known, folder, titles[folder], headers.get(folder, {}))
        films.append(film)
    return tuple(films)


def _on_bluray(
    files: tuple[Volume, ...], folder: str, clips: Mapping[str, _Numbered], playlists: _Numbered
) -> Parser[Film]:
    largest = max(
        (
            (files[index].size, extension, index)
            for extension, own in clips.items()
            for index in own.values()
        )
    )
    best = (0, 0, 0)
    film = Film(_top(folder), largest[1], (largest[2],), 0)  # if no playlist can be read
    left = MAX_PLAYLIST_BYTES
    for _, playlist in sorted(playlists.items())[:MAX_PLAYLISTS]:
        size = min(files[playlist].size, mpls.MAX_SIZE)
        left -= size
        if left < 0:
            break
        data = yield from take(files, playlist, 0, size)
        try:
            items = parse_mpls(data)
        except ArchiveError:
            continue  # others may be sound
        for extension, own in clips.items():
            if all(item.clip in own for item in items):
                parts = tuple(dict.fromkeys(own[item.clip] for item in items))
                time = _time_played_once(items)
                rank = time, sum(files[part].size for part in parts), -len(items)
                if rank > best:
                    best, film = rank, Film(_top(folder), extension, parts, time // TICKS)
                break
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


def _on_dvd(
    files: tuple[Volume, ...], folder: str, titles: _Numbered, headers: _Numbered
) -> Parser[Film]:
    sets: dict[str, list[int]] = {}
    for number, index in sorted(titles.items()):
        sets.setdefault(number[:2], []).append(index)
    best = (-1, 0)
    film = Film(_top(folder), ".vob", (), 0)
    for number, parts in sets.items():
        seconds = 0
        if number in headers:
            index = headers[number]
            data = yield from take(files, index, 0, min(files[index].size, ifo.MAX_SIZE))
            with suppress(ArchiveError):  # its size still says something
                seconds = longest_title(data)
        rank = seconds, sum(files[part].size for part in parts)
        if rank > best:
            best, film = rank, Film(_top(folder), ".vob", tuple(parts), seconds)
    return film


def _numbered(files: Iterable[Volume], pattern: re.Pattern[str]) -> dict[str, _Numbered]:
    """The files of a kind, by their folder and number."""
    found: dict[str, _Numbered] = {}
    for index, file in enumerate(files):
        if match := pattern.fullmatch(file.name):
            found.setdefault(match[1], {})[match[2]] = index
    return found


def _top(folder: str) -> str:
    """The folder that a disc's own folders lie in."""
    return folder[: folder.rindex("/", 0, -1) + 1] if "/" in folder[:-1] else ""
