"""NZBs as UTF-8, whatever they are written in and whatever they say they are written in."""

from __future__ import annotations

import codecs
import re

_STEP = 1 << 20
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(
    rb"<\?xml[^<>]{0,200}?encoding\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE
)
# Python knows codecs that are no character sets, and some that are slow by design.
_CHARACTER_SET = re.compile(
    r"(iso[-_]?8859[-_]?\d+|latin[-_]?\d|windows[-_]?125\d|cp\d{3,4}|koi8[-_][ru]|"
    r"shift[-_]?jis|euc[-_](jp|kr)|gb2312|gbk|gb18030|big5)",
    re.IGNORECASE,
)
_LATIN_1 = re.compile(r"(iso[-_]?8859[-_]?1|latin[-_]?1)", re.IGNORECASE)
_ESCAPED = re.compile("[\udc80-\udcff]+")


def as_utf8(data: bytes) -> bytes:
    """The same text in valid UTF-8, without a byte order mark.

    What is valid UTF-8 is taken as such, whatever it declares: writers copy the first line of
    their NZBs from elsewhere. After that the declaration counts, if its character set fits;
    else each byte that is no UTF-8 is a character of Windows-1252.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return as_utf8(data[3:]) if encoding == "utf-8" else _converted(data[2:], encoding)
    if data.startswith(b"<\0"):
        return _converted(data, "utf-16-le")
    if data.startswith(b"\0<"):
        return _converted(data, "utf-16-be")
    if data.isascii() or _valid(data, "utf-8"):
        return data
    declared = _DECLARED.search(data, 0, 1024)
    encoding = declared[1].decode("ascii") if declared else ""
    if _LATIN_1.fullmatch(encoding):
        encoding = "windows-1252"  # what those who declare Latin-1 write
    if _CHARACTER_SET.fullmatch(encoding) and _valid(data, encoding):
        return _converted(data, encoding)
    return _converted(data, "utf-8", "surrogateescape")


def _valid(data: bytes, encoding: str) -> bool:
    """Whether it all decodes; found in steps, as text may need four times the memory."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        for start in range(0, len(data), _STEP):
            decoder.decode(data[start : start + _STEP], start + _STEP >= len(data))
    except (LookupError, UnicodeError):
        return False
    return True


def _converted(data: bytes, encoding: str, errors: str = "replace") -> bytes:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    converted = bytearray()
    for start in range(0, len(data), _STEP):
        text = decoder.decode(data[start : start + _STEP], start + _STEP >= len(data))
        converted += _ESCAPED.sub(_windows_1252, text).encode("utf-8", "replace")
    return bytes(converted)


def _windows_1252(escaped: re.Match[str]) -> str:
    raw = escaped[0].encode("ascii", "surrogateescape")
    return "".join(bytes([byte]).decode("windows-1252", "replace") for byte in raw)
