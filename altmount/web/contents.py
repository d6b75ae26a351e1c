"""What a file is, by its name, and how it is presented to a client.

The names and the bytes come from strangers' posts, so nothing a browser would run is ever
sent as what it says it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

_ATTR_CHAR = "!#$&+-.^_`|~"  # RFC 8187, 3.2.1: what needs no escape, beside letters and digits.


@dataclass(frozen=True, slots=True)
class Presentation:
    """The headers that say what a file is."""

    content_type: str
    sandboxed: bool = False
    """Whether a browser that shows it must give it no rights on this site."""


_UNKNOWN = Presentation("application/octet-stream")
_ACTIVE = Presentation("text/plain; charset=utf-8", sandboxed=True)

_EXTENSIONS = {
    # Films
    "application/x-iso9660-image": "iso",
    "video/3gpp": "3gp",
    "video/mp2t": "m2ts mts ts",
    "video/mp4": "f4v m4v mp4",
    "video/mpeg": "mpeg mpg vob",
    "video/ogg": "ogm ogv",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-flv": "flv",
    "video/x-matroska": "mk3d mkv",
    "video/x-ms-asf": "asf",
    "video/x-ms-wmv": "wmv",
    "video/x-msvideo": "avi divx",
    # Sound
    "audio/aac": "aac",
    "audio/ac3": "ac3",
    "audio/aiff": "aif aiff",
    "audio/eac3": "eac3",
    "audio/flac": "flac",
    "audio/mp4": "m4a m4b",
    "audio/mpeg": "mp2 mp3",
    "audio/ogg": "oga ogg opus",
    "audio/vnd.dts": "dts",
    "audio/wav": "wav",
    "audio/x-ape": "ape",
    "audio/x-dsf": "dsf",
    "audio/x-matroska": "mka",
    "audio/x-ms-wma": "wma",
    "audio/x-wavpack": "wv",
    # Subtitles and other text
    "application/smil": "smi",
    "application/vnd.apple.mpegurl": "m3u8",
    "application/x-subrip": "srt",
    "audio/x-mpegurl": "m3u",
    "text/plain": "cue idx log md nfo sfv txt",
    "text/vtt": "vtt",
    "text/x-ssa": "ass ssa",
    # Pictures and books
    "application/epub+zip": "epub",
    "application/pdf": "pdf",
    "application/vnd.comicbook+zip": "cbz",
    "application/vnd.comicbook-rar": "cbr",
    "application/x-mobipocket-ebook": "mobi",
    "image/avif": "avif",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/jpeg": "jpeg jpg",
    "image/png": "png",
    "image/tiff": "tif tiff",
    "image/webp": "webp",
    # Archives
    "application/gzip": "gz",
    "application/vnd.rar": "rar",
    "application/x-7z-compressed": "7z",
    "application/x-bittorrent": "torrent",
    "application/x-bzip2": "bz2",
    "application/x-nzb": "nzb",
    "application/x-par2": "par2",
    "application/x-tar": "tar",
    "application/x-xz": "xz",
    "application/zip": "zip",
}
_ACTIVE_EXTENSIONS = (
    "css dtd hta htc htm html js json mathml mht mhtml mjs "
    "rdf rss shtm shtml svg svgz xht xhtml xml xsd xsl xslt"
)
_PRESENTATIONS = {
    extension: Presentation(content_type)
    for content_type, extensions in _EXTENSIONS.items()
    for extension in extensions.split()
} | dict.fromkeys(_ACTIVE_EXTENSIONS.split(), _ACTIVE)


def presentation_of(name: str) -> Presentation:
    """How a file of this name is sent. Unknown extensions are plain bytes."""
    dot = name.rfind(".")
    return _PRESENTATIONS.get(name[dot + 1 :].lower(), _UNKNOWN) if dot > 0 else _UNKNOWN


def inline_disposition(name: str) -> str:
    """A Content-Disposition that carries any name unharmed (RFC 6266, RFC 8187)."""
    return f"inline; {_filename(name)}"


def attached_disposition(name: str) -> str:
    """As :func:`inline_disposition`, of what is to be saved and not shown."""
    return f"attachment; {_filename(name)}"


def _filename(name: str) -> str:
    return f"filename*=UTF-8''{quote(name, safe=_ATTR_CHAR, errors='replace')}"
