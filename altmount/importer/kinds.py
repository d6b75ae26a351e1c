"""What kind of file a posted file is, by its first bytes and its name."""

from __future__ import annotations

import enum
import re
from pathlib import PurePosixPath

from altmount.importer.magic import extension_of


class Kind(enum.Enum):
    """What the importer does with a file depends on this."""

    MEDIA = "media"  #: Something to play.
    SUBTITLE_OR_SIDECAR = "subtitle or sidecar"  #: It goes with something to play.
    PAR2 = "par2"  #: Names and recovery data of the post.
    RAR = "rar"  #: A volume of a RAR set.
    SEVEN_ZIP = "7z"  #: A 7z archive, or a part of one.
    ZIP = "zip"  #: A ZIP archive, or a part of one.
    SPLIT = "split"  #: A part of a file that was cut: ``.001``, ``.002`` and on.
    ISO = "iso"  #: An image of a disc.
    NZB = "nzb"  #: Another post.
    OTHER = "other"


# fmt: off
VIDEO_EXTENSIONS = frozenset({
    "mkv", "mk3d", "mp4", "m4v", "avi", "divx", "mov", "wmv", "asf", "mpg", "mpeg", "m2v", "vob",
    "ts", "m2ts", "mts", "webm", "flv", "ogm", "ogv", "rm", "rmvb", "3gp",
})
AUDIO_EXTENSIONS = frozenset({
    "mp3", "flac", "m4a", "m4b", "mka", "aac", "ac3", "eac3", "dts", "ogg", "opus", "wav", "wma",
    "ape",
})
SIDECAR_EXTENSIONS = frozenset({
    "srt", "sub", "idx", "vtt", "ass", "ssa", "sup", "smi", "jpg", "jpeg", "png", "gif", "webp",
    "tbn", "nfo", "txt", "sfv", "md5", "srr", "srs", "cue",
})
# Archives by their first bytes, yet opened as they are.
_DOCUMENT_EXTENSIONS = frozenset({
    "epub", "cbz", "cbr", "cb7", "docx", "xlsx", "pptx", "odt", "apk", "jar", "xpi",
})
# fmt: on

_SUBTITLES_OF_DISCS = "sub"
"""They start as MPEG videos do."""
_ARCHIVES = {"rar": Kind.RAR, "7z": Kind.SEVEN_ZIP, "zip": Kind.ZIP}
_BY_MAGIC = {
    **dict.fromkeys(VIDEO_EXTENSIONS | AUDIO_EXTENSIONS, Kind.MEDIA),
    "par2": Kind.PAR2,
    "iso": Kind.ISO,
    "nzb": Kind.NZB,
}


def _ends_with(extensions: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"\.(?:{'|'.join(sorted(extensions))})\Z", re.IGNORECASE)


_BY_NAME: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"\.par2\Z", re.IGNORECASE), Kind.PAR2),
    (
        re.compile(r"\.(?:rar(?:\.\d{3,4})?|(?-i:[Rr]\d{2,3}|[s-y]\d{2}))\Z", re.IGNORECASE),
        Kind.RAR,
    ),
    (re.compile(r"\.7z(?:\.\d{3,4})?\Z", re.IGNORECASE), Kind.SEVEN_ZIP),
    (re.compile(r"\.(?:zipx?(?:\.\d{3,4})?|z\d{2,3})\Z", re.IGNORECASE), Kind.ZIP),
    (re.compile(r"\.\d{3}\Z"), Kind.SPLIT),
    (re.compile(r"\.(?:iso|img)\Z", re.IGNORECASE), Kind.ISO),
    (re.compile(r"\.nzb(?:\.gz)?\Z", re.IGNORECASE), Kind.NZB),
    (_ends_with(VIDEO_EXTENSIONS | AUDIO_EXTENSIONS), Kind.MEDIA),
    (_ends_with(SIDECAR_EXTENSIONS), Kind.SUBTITLE_OR_SIDECAR),
)


def kind_of(name: str, head: bytes | memoryview = b"") -> Kind:
    """What kind of file this is.

    First bytes that tell count for more than the name; where there are none, the name counts.

    Args:
        name: Its name; directories before it do not matter.
        head: Its first bytes, as many as there are at hand, or none.
    """
    extension = PurePosixPath(name).suffix[1:].lower()
    found = extension_of(head)
    named = next((kind for pattern, kind in _BY_NAME if pattern.search(name)), Kind.OTHER)
    if extension in _DOCUMENT_EXTENSIONS:
        kind = Kind.OTHER
    elif extension == _SUBTITLES_OF_DISCS and found not in _ARCHIVES:
        kind = named
    elif found in _ARCHIVES:
        kind = _ARCHIVES[found]
    elif named is Kind.SPLIT:
        kind = named  # the first part of a film that was cut starts as a film does
    else:
        kind = _BY_MAGIC.get(found) or named
    return kind
