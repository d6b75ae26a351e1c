"""Which of some files are those of Blu-rays and DVDs, told by their paths."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from altmount.archives.parser import A_STEP, PAUSE, Parser

MAX_DISCS = 64
"""How many discs are told apart; the largest collections have some 50."""

FOLDERS = frozenset(
    {
        *("BDMV", "CERTIFICATE", "AACS", "ANY!", "MAKEMKV", "VIDEO_TS", "AUDIO_TS", "JACKET_P"),
    }
)
"""The folders that discs have at their top, in capitals."""

_MARKS = ("BDMV/", "VIDEO_TS/")


def _below(text: str) -> re.Pattern[str]:
    return re.compile(rf"(.*/|){text}", re.DOTALL | re.IGNORECASE)


_CLIP = _below(r"BDMV/STREAM/([0-9]{5})\.m2ts")
_CLIP_3D = _below(r"BDMV/STREAM/SSIF/([0-9]{5})\.ssif")
_PLAYLIST = _below(r"BDMV/PLAYLIST/([0-9]{5})\.mpls")
_TITLE = _below(r"VIDEO_TS/VTS_([0-9]{2}_[1-9])\.VOB")
_TITLE_SET = _below(r"VIDEO_TS/VTS_([0-9]{2})_0\.IFO")
_KINDS = (_CLIP, _CLIP_3D, _PLAYLIST, _TITLE, _TITLE_SET)


@dataclass(frozen=True, slots=True)
class Disc:
    """A Blu-ray or a DVD."""

    folder: str
    """Where its own folders lie, with a slash at its end; empty for the top."""

    extension: str
    """Of its streams: ``.m2ts``, ``.ssif`` or ``.vob``."""

    streams: Mapping[str, int]
    """The files that its films are made of, by their numbers (``00001``, and ``01_1`` for the first
    part of the first title set of a DVD): indexes among all files."""

    guides: Mapping[str, int]
    """The playlists, or the headers of the title sets, by their numbers."""

    def has(self, path: str) -> bool:
        """Whether a file is in one of the disc's own folders."""
        below = path[len(self.folder) :].partition("/")[0].upper()
        return path.startswith(self.folder) and below in FOLDERS


def find_discs(paths: Sequence[str]) -> Parser[tuple[Disc, ...]]:
    """Find the discs among files; Blu-rays first, and else by their folders.

    What has streams is a disc. The streams of a Blu-ray in 3D lie a second time in larger files
    (``.ssif``), which count only where there are no others. It asks for nothing but pauses.
    """
    found: dict[str, dict[re.Pattern[str], dict[str, int]]] = {}
    for number, path in enumerate(paths):
        if number % A_STEP == A_STEP - 1:
            yield PAUSE
        in_capitals = path.upper()
        if not any(mark in in_capitals for mark in _MARKS):
            continue
        for pattern in _KINDS:
            if match := pattern.fullmatch(path):
                kinds = found.setdefault(match[1], {})
                kinds.setdefault(pattern, {})[match[2]] = number
    blurays, dvds = [], []
    for folder, files in sorted(found.items(), key=lambda each: each[0]):
        for extension, pattern in ((".m2ts", _CLIP), (".ssif", _CLIP_3D)):
            if streams := files.get(pattern):
                blurays.append(Disc(folder, extension, streams, files.get(_PLAYLIST, {})))
                break
        if streams := files.get(_TITLE):
            dvds.append(Disc(folder, ".vob", streams, files.get(_TITLE_SET, {})))
    return (*blurays, *dvds)[:MAX_DISCS]
