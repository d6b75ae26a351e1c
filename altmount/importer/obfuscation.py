"""Telling names that mean something from names that hide it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_VOLUME = re.compile(r"\.(?:part\d{1,4}\.rar|(?-i:[r-z])\d{2}|r\d{2,3}|\d{2,3})\Z", re.IGNORECASE)
_HASH = re.compile(r"[0-9a-f]{32}|[0-9a-f.]{40,}", re.IGNORECASE)
_HEXADECIMAL_RUN = re.compile(r"[0-9a-f]{30}", re.IGNORECASE)
_TAG = re.compile(r"\[[^\[\]]+\]")
_SEPARATOR = re.compile(r"[ ._]|(?<=[^\W\d_]{3})-(?=[^\W\d_]{3})")
_EXTENSION = re.compile(r"\.(?!\d+\Z)[A-Za-z0-9]{1,4}\Z")
_TITLED_RATIO = 0.25


def obfuscated(name: str) -> bool:
    """Whether a file's name says nothing about what is in it.

    Random letters and digits do not look like the names that people give: those have several
    words, or start with a capital and go on in small letters, or are in a script other than
    Latin. What shows none of that counts as obfuscated, even if some of it is not; a wrong
    "yes" costs a nicer name. Names of archive volumes count as clear, since the number in
    them is needed. So does the empty name, which hides nothing.

    Args:
        name: With its extension; directories before it do not matter.
    """
    leaf = PurePosixPath(name.replace("\\", "/")).name
    if not leaf or _VOLUME.search(leaf):
        return False
    stem = _EXTENSION.sub("", leaf)
    return _random(stem) or not _clear(stem)


def _random(stem: str) -> bool:
    return bool(
        _HASH.fullmatch(stem)
        or (_HEXADECIMAL_RUN.search(stem) and len(_TAG.findall(stem)) > 1)
        or stem.startswith("abc.xyz")
    )


def _clear(stem: str) -> bool:
    upper = sum(character.isupper() for character in stem)
    lower = sum(character.islower() for character in stem)
    letters = sum(character.isalpha() for character in stem)
    digits = sum(character.isdecimal() for character in stem)
    separators = len(_SEPARATOR.findall(stem))
    foreign = sum(character.isalpha() and not character.isascii() for character in stem)
    return (
        (upper > 1 and lower > 1 and separators > 0)
        or separators > 2  # noqa: PLR2004 -- three: four words
        or (letters > 3 and digits > 3 and separators > 0)  # noqa: PLR2004 -- "Title 2024"
        or (stem[:1].isupper() and lower > 2 and upper / lower <= _TITLED_RATIO)  # noqa: PLR2004
        or foreign > 1
    )
