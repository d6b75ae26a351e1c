"""Which of the names that a posted file goes by it is shown under."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from altmount.aio.steps import Steps
from altmount.importer.kinds import VIDEO_EXTENSIONS
from altmount.importer.magic import extension_of
from altmount.importer.measured import MeasuredFile
from altmount.importer.obfuscation import obfuscated
from altmount.importer.par2names import name_of, names_by_hash
from altmount.nzb.subject import has_known_extension
from altmount.par2.parse import Par2File

_PAR2, _SUBJECT, _YENC = 3, 2, 1
_EMPTY = -5000
_OBFUSCATED = -1000
_IMPORTANT = 50
_HAS_EXTENSION = 10

_EXTENSION = re.compile(r"\.[A-Za-z0-9]{2,4}\Z")
_VOLUME = re.compile(
    r"\.(?:part\d{1,4}\.rar|(?-i:[r-z])\d{2}|r\d{2,3}|\d{3}|vol\d{1,5}\+\d{1,5}\.par2)\Z",
    re.IGNORECASE,
)
_ARCHIVES = frozenset({"rar", "7z", "zip"})
_NUMBER = re.compile(r"\.\d{1,2}\Z")
_IMPORTANT_EXTENSION = re.compile(
    rf"\.(?:{'|'.join(sorted(VIDEO_EXTENSIONS))}|"
    r"rar|(?-i:[r-z])\d{2}|r\d{2,3}|7z(?:\.\d{3})?|mkv\.\d{3})\Z",
    re.IGNORECASE,
)
# Extensions that are as right as the one that the first bytes tell.
_FAMILIES = {
    "mkv": frozenset({"mkv", "mk3d", "mka", "mks", "webm"}),
    "webm": frozenset({"webm", "mkv"}),
    "mp4": frozenset({"mp4", "m4v", "m4a", "m4b", "mov", "3gp", "heic", "avif", "f4v"}),
    "m4a": frozenset({"m4a", "m4b", "mp4"}),
    "mov": frozenset({"mov", "mp4", "m4v", "qt"}),
    "ts": frozenset({"ts", "mts", "m2t", "tp"}),
    "m2ts": frozenset({"m2ts", "mts"}),
    "mpg": frozenset({"mpg", "mpeg", "vob", "m2v", "evo", "sub"}),
    "wmv": frozenset({"wmv", "asf", "wma"}),
    "ogg": frozenset({"ogg", "ogv", "ogm", "opus", "oga"}),
    "avi": frozenset({"avi", "divx"}),
    "jpg": frozenset({"jpg", "jpeg", "tbn"}),
    "zip": frozenset({"zip", "zipx", "epub", "cbz", "docx", "xlsx", "apk", "jar"}),
    "rar": frozenset({"rar", "cbr"}),
    "7z": frozenset({"7z", "cb7"}),
    "iso": frozenset({"iso", "img"}),
    "gz": frozenset({"gz", "tgz"}),
}


@dataclass(frozen=True, slots=True)
class Candidates:
    """What is known of a posted file that may name it. All text in it is hostile."""

    par2: str = ""
    """From the PAR2 index, by the file's hash."""

    subject: str = ""
    """From the subject of its articles."""

    yenc: str = ""
    """From the header of its first article."""

    release: str = ""
    """The title of the release, most often the name of its NZB, without ``.nzb``."""

    head: bytes | memoryview = b""
    """The file's first bytes, as many as there are at hand."""

    alone: bool = False
    """Whether it is the only file of its release, PAR2 files aside."""


def choose_name(candidates: Candidates, *, rename_to_nzb_name: bool = False) -> str:
    """The name to show a file under.

    The best of its own names by score: a clear one before an obfuscated one, one with the
    extension of a video or an archive before others, and else the PAR2 index before the
    subject before the yEnc header. Where the best has no extension, or is obfuscated, the
    first bytes give the extension. If the file is alone and has no clear name, it takes the
    title of the release.

    Args:
        candidates: What is known.
        rename_to_nzb_name: A file that is alone takes the title of the release even where
            its own name is clear, unless the title is obfuscated.

    Returns:
        A name with slashes and all, as the poster wrote it; empty if there is none at all.
    """
    own = with_right_extension(_best(candidates), candidates.head)
    title = candidates.release.strip()
    if not own:
        return _titled(title, with_right_extension(title, candidates.head))
    if not title or not candidates.alone or _VOLUME.search(own):
        return own
    if not obfuscated(own) and (not rename_to_nzb_name or obfuscated(title)):
        return own
    return _titled(title, own)


def score(name: str) -> int:
    """How good a name is, whoever says it."""
    return (
        _EMPTY * (not name)
        + _OBFUSCATED * obfuscated(name)
        + _IMPORTANT * bool(_IMPORTANT_EXTENSION.search(name))
        + _HAS_EXTENSION * bool(_EXTENSION.search(name))
    )


def with_right_extension(name: str, head: bytes | memoryview) -> str:
    """The name with the extension that the first bytes tell, where its own is of no use.

    The names of volumes and parts stay as they are, and so does a clear name with an
    extension that is known, right or not.
    """
    extension = extension_of(head)
    current = PurePosixPath(name).suffix[1:].lower()
    if not name or not extension or _VOLUME.search(name):
        return name
    if extension in _ARCHIVES and _NUMBER.search(name):
        return name
    if current == extension or current in _FAMILIES.get(extension, ()):
        return name
    if not obfuscated(name):
        return name if has_known_extension(name) else f"{name}.{extension}"
    return f"{_EXTENSION.sub('', name)}.{extension}"


def _best(candidates: Candidates) -> str:
    names = (candidates.par2.strip(), candidates.subject.strip(), candidates.yenc.strip())
    best, _ = max(
        zip(names, (_PAR2, _SUBJECT, _YENC), strict=True),
        key=lambda candidate: score(candidate[0]) + candidate[1],
    )
    return best


def _titled(title: str, own: str) -> str:
    """The title with the extension of the file's own name, but not with two."""
    extension = PurePosixPath(own).suffix if has_known_extension(own) else ""
    suffix = PurePosixPath(title).suffix.lower()
    if suffix and (suffix == extension.lower() or suffix[1:] in VIDEO_EXTENSIONS):
        return title if not extension else f"{title[: -len(suffix)]}{extension}"
    return f"{title}{extension}"


def names_of(
    files: Sequence[MeasuredFile], listed: Sequence[Par2File], title: str
) -> Steps[list[str]]:
    """The best name of each posted file: hostile, with folders and all.

    Args:
        files: All of a post.
        listed: What its PAR2 index says, as far as that was read.
        title: What the release is called.
    """
    by_hash = names_by_hash(listed)
    names = []
    for file in files:
        known = Candidates(
            par2=name_of(file, by_hash),
            subject=file.posted.name,
            yenc=file.yenc_name,
            release=title,
            head=file.head,
        )
        names.append(choose_name(known))
        yield
    return names
