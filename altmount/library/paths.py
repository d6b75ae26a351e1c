"""Where things are in the library: paths, and names that are fit to be part of one."""

from __future__ import annotations

import re
import unicodedata
from typing import NewType

from altmount.errors import InvalidRequestError

VirtualPath = NewType("VirtualPath", str)
"""Absolute, parts separated by "/", NFC, no empty, "." or ".." part, no NUL. Case matters."""

ROOT = VirtualPath("/")

MAX_PATH_BYTES = 4096
"""Of a whole path in UTF-8, as in Linux."""

MAX_NAME_BYTES = 250
"""Of one part in UTF-8: 255 is what file systems take, less what a client may append."""

_MAX_EXTENSION = 20
"""In characters; what is longer behind the last dot is not an extension."""

_UNNAMED = "unnamed"

# Separators and what cannot be encoded would break paths: they leave a mark.
_MARKED = re.compile(r"[/\\\ud800-\udfff]")
# Control characters, line separators and bidirectional overrides only deceive the eye.
_DROPPED = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def parse_virtual_path(text: str) -> VirtualPath:
    """Take a path from outside, already percent-decoded. One "/" at its end is ignored.

    Raises:
        InvalidRequestError: It is not absolute, too long, or has parts that cannot be.
    """
    if len(text) > 4 * MAX_PATH_BYTES:  # before any work is done on it
        raise InvalidRequestError("the path is too long")
    path = unicodedata.normalize("NFC", text)
    if path == ROOT:
        return ROOT
    if not path.startswith("/"):
        raise InvalidRequestError(f"not an absolute path: {text[:80]!r}")
    path = path.removesuffix("/")
    for part in path[1:].split("/"):
        if part in {"", ".", ".."} or "\0" in part:
            raise InvalidRequestError(f"not a path in the library: {text[:80]!r}")
        if _encoded_size(part) > MAX_NAME_BYTES:
            raise InvalidRequestError(f"a name is longer than {MAX_NAME_BYTES} bytes")
    if _encoded_size(path) > MAX_PATH_BYTES:
        raise InvalidRequestError(f"the path is longer than {MAX_PATH_BYTES} bytes")
    return VirtualPath(path)


def safe_name(text: str) -> str:
    """One part of a path out of text that may be hostile; its extension is kept.

    It is NFC, has no separators, control characters, blanks at its ends or dots at its end,
    is 1 to :data:`MAX_NAME_BYTES` bytes long, and comes out the same when put in again.
    """
    # No name needs so much, and NFC of a crafted megabyte is slow.
    if len(text) > 8 * MAX_NAME_BYTES:
        text = text[: 4 * MAX_NAME_BYTES] + text[-4 * MAX_NAME_BYTES :]
    name = _DROPPED.sub("", _MARKED.sub("_", text))
    name = _trimmed(unicodedata.normalize("NFC", name))
    stem, extension = split_extension(name)
    return _fitted(stem, extension) or _UNNAMED


def numbered(name: str, n: int, *, folder: bool = False) -> str:
    """Another name for what cannot have ``name``: "film.mkv", 1 → "film_1.mkv".

    A folder's name has no extension: "Show.S01", 1 → "Show.S01_1".
    """
    stem, extension = (name, "") if folder else split_extension(name)
    return _fitted(stem, f"_{n}{extension}")


def split_extension(name: str) -> tuple[str, str]:
    """Stem and extension with its dot; the extension, a short word, is empty if there is none."""
    stem, dot, extension = name.rpartition(".")
    is_short_word = extension.split() == [extension] and len(extension) <= _MAX_EXTENSION
    return (stem, dot + extension) if stem.strip(". ") and is_short_word else (name, "")


def join(folder: VirtualPath, name: str) -> VirtualPath:
    """The path of what is called ``name``, which is a safe name, in a folder."""
    return VirtualPath(f"{folder.removesuffix('/')}/{name}")


def parent_of(path: VirtualPath) -> VirtualPath:
    """The folder that a path is in; the root is in itself."""
    return VirtualPath(path.rpartition("/")[0] or ROOT)


def name_of(path: VirtualPath) -> str:
    """The last part of a path; empty for the root."""
    return path.rpartition("/")[2]


def parts_of(path: VirtualPath) -> list[str]:
    return [part for part in path.split("/") if part]


def ways(path: VirtualPath) -> list[VirtualPath]:
    """The folders on the way down to a path, and the path; without the root."""
    found = []
    while path != ROOT:
        found.append(path)
        path = parent_of(path)
    return found[::-1]


def _fitted(stem: str, ending: str) -> str:
    """A name of at most ``MAX_NAME_BYTES``, cut before its ending."""
    room = MAX_NAME_BYTES - _encoded_size(ending)
    encoded = stem.encode()
    if len(encoded) > room:
        stem = encoded[:room].decode(errors="ignore")
    return _trimmed(stem + ending) if not ending else stem + ending


def _trimmed(name: str) -> str:
    name = name.strip()
    while name.endswith("."):
        name = name.rstrip(".").rstrip()
    return name


def _encoded_size(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise InvalidRequestError("the path has characters that are not text") from None
