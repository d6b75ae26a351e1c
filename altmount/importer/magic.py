"""What a file is by its first bytes."""

from __future__ import annotations

import re

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"Rar!\x1a\x07\x00", "rar"),
    (b"Rar!\x1a\x07\x01\x00", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PAR2\0PKT", "par2"),
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"ID3", "mp3"),
    (b"FLV\x01", "flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", "wmv"),
    (b"\x00\x00\x01\xba", "mpg"),
    (b"\x00\x00\x01\xb3", "mpg"),
    (b"%PDF-", "pdf"),
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"\x1f\x8b\x08", "gz"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
)
_RIFF = {b"AVI ": "avi", b"WAVE": "wav", b"WEBP": "webp"}
_ATOMS = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip"})
"""What QuickTime files may begin with that have no ``ftyp``."""
_FTYP = {b"M4A ": "m4a", b"M4B ": "m4b", b"qt  ": "mov"}
_NZB = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,64}(?:<\?xml[^>]{0,200}>\s{0,64})?(?:<!doctype\s+nzb|<nzb\b)",
    re.IGNORECASE,
)
_MPEG_AUDIO = re.compile(rb"\xff[\xfb\xfa\xf3\xf2][\x10-\xef]")
_START = 1024
_ISO_AT = 32_769
_VOLUMES = frozenset({b"CD001", b"BEA01"})
"""What ISO 9660 begins with, and UDF without it, as Blu-rays have it."""


def extension_of(head: bytes | memoryview) -> str:
    """The extension, without its dot, that fits a file with these first bytes.

    Empty where they tell nothing. A few hundred bytes are enough for all but ISO images,
    which need 32,774.
    """
    start = bytes(head[:_START])
    for signature, extension in _SIGNATURES:
        if start.startswith(signature):
            return extension
    return next((extension for tell in _TELLS if (extension := tell(start))), "") or (
        "iso" if bytes(head[_ISO_AT : _ISO_AT + 5]) in _VOLUMES else ""
    )


def _container(start: bytes) -> str:
    """Formats that say inside what they hold."""
    if start.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm" if b"webm" in start[:64] else "mkv"
    if start[:4] == b"RIFF":
        return _RIFF.get(start[8:12], "")
    if start[4:8] in _ATOMS:
        return "mov"
    if start[4:8] == b"ftyp":
        return _FTYP.get(start[8:12], "mp4")
    return ""


def _transport_stream(start: bytes) -> str:
    if _every(start, 0, 188):
        return "ts"
    return "m2ts" if _every(start, 4, 192) else ""


def _nzb(start: bytes) -> str:
    return "nzb" if _NZB.match(start) else ""


def _mpeg_audio(start: bytes) -> str:
    return "mp3" if _MPEG_AUDIO.match(start) else ""


def _every(start: bytes, first: int, step: int) -> bool:
    """Whether there are transport stream packets: a sync byte at the start of each."""
    syncs = start[first::step]
    return len(syncs) >= 3 and syncs.count(b"G") == len(syncs)  # noqa: PLR2004 -- no accident


_TELLS = (_container, _transport_stream, _nzb, _mpeg_audio)
