"""The names of entries in RAR4, in the two ways that are in use.

With the Unicode flag, a name is either UTF-8, or in the code page of whoever packed it, then a
zero, then how to make UTF-16 out of that: one byte that is the top half of most characters,
then groups of two bits, each saying how to make the next character or run of them::

    0   one byte, with a top half of zero
    1   one byte, with the common top half
    2   two bytes
    3   a run of characters of the first name; with 0x80 in its length, moved by a byte
        and with the common top half
"""

from __future__ import annotations

_MAX_CHARACTERS = 0x8000
_FROM_NAME = 3
_MOVED = 0x80


def plain_name(raw: bytes) -> str:
    """A name without the Unicode flag: most often ASCII, and in no code page that is said."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("windows-1252", "replace")


def unicode_name(raw: bytes) -> str:
    """A name with the Unicode flag. What is cut off makes it shorter, never an error."""
    plain, zero, coded = raw.partition(b"\0")
    if not zero:
        return plain_name(plain)
    return _characters(plain, coded).decode("utf-16-le", "replace")


def _characters(plain: bytes, coded: bytes) -> bytes:
    found = bytearray()
    source = iter(coded)
    try:
        top = next(source)
        while len(found) < 2 * _MAX_CHARACTERS:
            hints = next(source)
            for shift in (6, 4, 2, 0):
                how = hints >> shift & 3
                first = next(source)
                if how < 2:  # noqa: PLR2004 the format's own codes
                    found += bytes((first, top if how else 0))
                elif how < _FROM_NAME:
                    found += bytes((first, next(source)))
                else:
                    moved = next(source) if first & _MOVED else 0
                    high = top if first & _MOVED else 0
                    begin = len(found) // 2
                    for byte in plain[begin : begin + (first & ~_MOVED) + 2]:
                        found += bytes((byte + moved & 0xFF, high))
    except StopIteration:
        pass
    return bytes(found)
