"""Names of links: as in the library, or such that Windows can have them, too."""

from __future__ import annotations

import hashlib

MAX_BYTES = 255
"""Of a name in UTF-8, as file systems take it."""

_MARK = "\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}"
"""Stands before a letter that is meant as it is, as in rclone."""

_FORBIDDEN = '"*:<>?\\|'
_WIDE = {letter: chr(ord(letter) + 0xFEE0) for letter in _FORBIDDEN}
_PICTURES = {chr(code): chr(0x2400 + code) for code in range(0x20)} | {"\x7f": "\u2421"}
_STANDS_FOR = _WIDE | _PICTURES
_AT_END = {".": "\uff0e", " ": "\u2420"}
_ITSELF = frozenset({*_STANDS_FOR.values(), *_AT_END.values(), _MARK})
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789\u00b9\u00b2\u00b3"}
)
_DIGITS = 8


def windows_name(name: str) -> str:
    """A name that Windows can have, too; the same one if it can have that.

    What it forbids becomes a letter that looks like it (``:`` is ``\uff1a``), so that no two names
    become the same. Source: "Naming Files, Paths, and Namespaces" (Microsoft).
    """
    letters = [
        _STANDS_FOR.get(letter) or (f"{_MARK}{letter}" if letter in _ITSELF else letter)
        for letter in name
    ]
    if letters and letters[-1] in _AT_END:
        letters[-1] = _AT_END[letters[-1]]
    safe = "".join(letters)
    if name.partition(".")[0].rstrip(" ").casefold() in _DEVICES:
        safe = f"{_MARK}{safe}"
    return safe


def fitted(name: str, ending: str = "") -> str:
    """A name with an ending, no longer than may be; what is cut shows by a number of its own."""
    if len((name + ending).encode()) <= MAX_BYTES:
        return name + ending
    tail = f"~{hashlib.sha256(name.encode()).hexdigest()[:_DIGITS]}{ending}"
    room = MAX_BYTES - len(tail.encode())
    return name.encode()[:room].decode(errors="ignore") + tail
