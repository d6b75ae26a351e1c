"""What the subject of a post tells: the file's name and how many segments it has.

Posters write, by custom and with many exceptions::

    [03/21] - "film.part02.rar" yEnc (1/140)
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_SEGMENTS = 10_000_000
"""No subject is believed that speaks of more."""

# Each of these is linear in the length of a subject, however hostile.
_COUNTED = re.compile(r"\(\s{0,3}(\d{1,8})\s{0,3}(?:/|of)\s{0,3}(\d{1,8})\s{0,3}\)", re.IGNORECASE)
_COUNTER = re.compile(r"\s{0,3}\d{1,8}\s{0,3}(?:/|of)\s{0,3}\d{1,8}\s{0,3}", re.IGNORECASE)
_BRACKETED = re.compile(r"\[([^\[\]]*)\]")
_PARENTHESISED = re.compile(r"\([^()]*\)")
_QUOTES = re.compile(r'"{2,}')
_BETWEEN_WORDS = re.compile(r'[\s"\[\]()<>|]+')
_YENC = re.compile(r"\byenc\b", re.IGNORECASE)
_SIZE = re.compile(r"\b\d{1,12}(?:[.,]\d{1,6})? ?(?:[kmgt]i?b|bytes)\b", re.IGNORECASE)
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{2,4}\Z")
_KNOWN_EXTENSION = re.compile(
    r"\.(?:"
    r"mkv|mk3d|mp4|m4v|avi|mov|wmv|asf|mpe?g|ts|m2ts|mts|vob|webm|flv|divx|ogm|ogv|rmvb|3gp|strm|"
    r"mp3|flac|m4a|m4b|mka|aac|ac3|dts|ogg|opus|wav|wma|ape|"
    r"rar|(?-i:[r-z]\d{2})|r\d{2,3}|7z|zipx?|tar|gz|bz2|xz|tgz|iso|img|bin|cue|mdf|mds|nrg|\d{3}|"
    r"par2|nzb|sfv|md5|sha1|nfo|diz|txt|url|srr|srs|"
    r"srt|sub|idx|ass|ssa|sup|vtt|smi|jpe?g|png|gif|bmp|webp|tbn|"
    r"pdf|epub|mobi|azw3?|cb[rz7]|djvu|docx?|exe|msi|dmg|pkg|apk|deb|rpm|nsp|xci"
    r")\Z",
    re.IGNORECASE,
)


def declared_segments(subject: str) -> int | None:
    """How many segments the last ``(1/n)`` of a subject speaks of, if there is one."""
    declared = None
    for match in _COUNTED.finditer(subject):
        number, count = int(match[1]), int(match[2])
        if number <= count and 0 < count <= MAX_SEGMENTS:
            declared = count
    return declared


def name_in(subject: str) -> str:
    """The file name in a subject, as written there; empty where none can be made out.

    It is what stands in quotes; else a word that ends as files do; else what stands in
    brackets; else all that is no counter. The name is hostile text, and no path yet.
    """
    if "&quot;" in subject:  # escaped once too often on its way
        subject = subject.replace("&quot;", '"').replace("&amp;", "&")
    quoted = _QUOTES.sub('"', subject).split('"')[1:-1:2]
    words = _BETWEEN_WORDS.split(subject)
    return (
        _likeliest(quoted)
        or _likeliest(word for word in words if has_known_extension(word))
        or _likeliest(text for text in _BRACKETED.findall(subject) if not _COUNTER.fullmatch(text))
        or _bare(_without_counters(subject))
    )


def has_known_extension(name: str) -> bool:
    """Whether a name ends as the names of some kind of file do."""
    return bool(_KNOWN_EXTENSION.search(name))


def _likeliest(candidates: Iterable[str]) -> str:
    """The one that ends most like a file; of equals the last, as descriptions come first."""
    best, best_score = "", 0
    for candidate in candidates:
        name = _bare(candidate)
        score = bool(name) + 2 * bool(_EXTENSION.search(name)) + 4 * has_known_extension(name)
        if score and score >= best_score:
            best, best_score = name, score
    return best


def _bare(name: str) -> str:
    """A name without blanks and quotes around it; an apostrophe inside or at one end stays."""
    name = name.strip()
    while len(name) > 1 and name[0] == name[-1] and name[0] in "\"'`":
        name = name[1:-1].strip()
    return name.strip('"').strip() if '"' in name else name


def _without_counters(subject: str) -> str:
    rest = _BRACKETED.sub(" ", _PARENTHESISED.sub(" ", _YENC.sub(" ", _SIZE.sub(" ", subject))))
    return rest.strip(' \t-\u2013:|"')
