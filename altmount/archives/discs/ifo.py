"""How long the titles of a DVD's title set are (``VIDEO_TS/VTS_nn_0.IFO``).

::

    0    "DVDVIDEO-VTS" ...  204  sector of the table of program chains 4     (big-endian)
    table    chains 2 | - 2 | last byte 4 | for each: category 4 | offset 4
    chain    - 2 | programs 1 | cells 1 | time: hours, minutes, seconds, frames, as decimals

Source: the format as players read it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from altmount.archives.errors import ArchiveError, ArchiveFault

MAX_SIZE = 1024 * 1024
"""How large such a file may be."""

MAX_CHAINS = 1_000
"""How many program chains are looked at; DVDs have up to 99 titles."""

_MARK = b"DVDVIDEO-VTS"
_TABLE_AT, _SECTOR = 204, 2048
_COUNT = struct.Struct(">H6x")
_CHAIN = struct.Struct(">4xI")
_TIME_AT = 4
_LARGEST_DIGIT = 9


def longest_title(data: bytes) -> int:
    """How long the longest program chain plays, in seconds; 0 if there is none.

    Raises:
        ArchiveError: NOT_AN_ARCHIVE or DAMAGED.
    """
    if not data.startswith(_MARK):
        raise ArchiveError(ArchiveFault.NOT_AN_ARCHIVE, "it is no title set of a DVD")
    return max(_lengths(data), default=0)


def _lengths(data: bytes) -> Iterator[int]:
    table = int.from_bytes(data[_TABLE_AT : _TABLE_AT + 4], "big") * _SECTOR
    if not table:
        return
    if table + _COUNT.size > len(data):
        raise _damaged()
    (count,) = _COUNT.unpack_from(data, table)
    for index in range(min(count, MAX_CHAINS)):
        at = table + _COUNT.size + index * _CHAIN.size
        if at + _CHAIN.size > len(data):
            raise _damaged()
        (offset,) = _CHAIN.unpack_from(data, at)
        time = data[table + offset + _TIME_AT : table + offset + _TIME_AT + 3]
        if len(time) < 3:  # noqa: PLR2004 hours, minutes, seconds
            raise _damaged()
        hours, minutes, seconds = map(_decimal, time)
        yield 3600 * hours + 60 * minutes + seconds


def _decimal(byte: int) -> int:
    """Two decimal digits in a byte."""
    tens, ones = divmod(byte, 16)
    if max(tens, ones) > _LARGEST_DIGIT:
        raise _damaged()
    return 10 * tens + ones


def _damaged() -> ArchiveError:
    return ArchiveError(ArchiveFault.DAMAGED, "a title set of the DVD is damaged")
