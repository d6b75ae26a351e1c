"""The container that a sidecar is: a header, and named sections of bytes.

::

    0   magic, 8 bytes
    8   version, u32 little-endian
    12  length of the header in bytes, u32
    16  CRC-32 of the header, u32
    20  zero, u32
    24  header: JSON; its "sections" say name -> [offset, size, CRC-32 (zlib.crc32)]
    ..  sections, each from a multiple of 8, zeros between

The header and each section carry their own check, so that using one section reads no other.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from altmount.errors import InvalidRequestError
from altmount.library.errors import SidecarError

Bytes = bytes | memoryview

MAGIC = b"\x89ALTM\r\n\x1a"  # as PNG's: a transfer as text, or with 7 bits, breaks it
VERSION = 3
"""What is written. Version 1 has no transforms; version 2 has neither statuses nor inferences, and
is else the same."""

_OLDEST = 1

MAX_HEADER_BYTES = 1024 * 1024

_START = struct.Struct("<8sIIII")
_ALIGNMENT = 8


@dataclass(frozen=True, slots=True)
class Packed:
    """A container on its way to the disk."""

    pieces: Sequence[Bytes]
    """What is written, one after the other."""

    checks: Mapping[str, int]
    """The CRC-32 of each section."""


def pack(facts: Mapping[str, object], sections: Mapping[str, Bytes]) -> Packed:
    """Put a container together; nothing is copied, and only the checksums cost time.

    ``facts`` go into the header as JSON. A section that is the very same object as another,
    under another name, is written once.

    Raises:
        InvalidRequestError: The facts are too long for a header.
    """
    checks = {name: zlib.crc32(data) for name, data in sections.items()}
    # The sections' places depend on the header's length, so it gets room to spare.
    nowhere = {name: [0, 0, 0] for name in sections}
    room = _aligned(len(_header(facts, nowhere)) + 40 * len(sections))
    places: dict[str, list[int]] = {}
    offset, seen = _START.size + room, {}
    pieces: list[Bytes] = []
    for name, data in sections.items():
        if id(data) not in seen:
            seen[id(data)] = offset
            pieces += [data, bytes(_aligned(len(data)) - len(data))]
            offset += _aligned(len(data))
        places[name] = [seen[id(data)], len(data), checks[name]]
    header = _header(facts, places).ljust(room)
    if len(header) > MAX_HEADER_BYTES:
        raise InvalidRequestError("the release's name is too long")
    start = _START.pack(MAGIC, VERSION, len(header), zlib.crc32(header), 0)
    return Packed([start, header, *pieces], checks)


class Container:
    """A container that is in memory, or mapped."""

    def __init__(self, data: memoryview, name: Path | str) -> None:
        """Read the header; the sections are left alone.

        Raises:
            SidecarError: It is damaged, or no container. ``name`` says which, for people.
        """
        self.name = name
        self._data = data
        self._checked: dict[str, memoryview] = {}
        try:
            magic, version, size, check, zero = _START.unpack_from(data)
        except struct.error:
            raise SidecarError(name, "is cut short") from None
        if magic != MAGIC or zero:
            raise SidecarError(name, "is not a sidecar of altmount")
        if not _OLDEST <= version <= VERSION:
            raise SidecarError(name, f"has version {version}, of a later altmount")
        header = data[_START.size : _START.size + min(size, MAX_HEADER_BYTES)]
        if len(header) != size or zlib.crc32(header) != check:
            raise SidecarError(name, "has a damaged header")
        try:
            self.facts: dict[str, Any] = json.loads(bytes(header))
            if self.facts["order"] != sys.byteorder:
                raise SidecarError(name, "was written on a machine of another byte order")
            self._places = {key: _place(*place) for key, place in self.facts["sections"].items()}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise SidecarError(name, f"has a header that makes no sense ({error!r})") from None

    def __contains__(self, section: str) -> bool:
        return section in self._places

    def __iter__(self) -> Iterator[str]:
        """The names of all sections."""
        return iter(self._places)

    def check_of(self, section: str) -> int:
        """The CRC-32 that a section has by the header's word."""
        return self._place(section).check

    def section(self, name: str) -> memoryview:
        """The bytes of a section, checked when they are first asked for.

        Raises:
            SidecarError: They are damaged, or not all there.
        """
        if (known := self._checked.get(name)) is not None:
            return known
        place = self._place(name)
        data = self._data[place.offset : place.offset + place.size]
        if len(data) != place.size or place.offset % _ALIGNMENT:
            raise SidecarError(self.name, "is cut short")
        if zlib.crc32(data) != place.check:
            raise SidecarError(self.name, f"is damaged in its section {name!r}")
        self._checked[name] = data
        return data

    def column(self, name: str, code: Literal["I", "Q", "q"]) -> memoryview:
        """A section as a column of numbers, of an ``array`` type code.

        Raises:
            SidecarError: As for :meth:`section`, or it does not divide into such numbers.
        """
        data = self.section(name)
        if len(data) % struct.calcsize(code):
            raise SidecarError(self.name, f"has half a number in its section {name!r}")
        return data.cast(code) if data else memoryview(array(code))  # empty: cannot be cast

    def _place(self, section: str) -> _Place:
        try:
            return self._places[section]
        except KeyError:
            raise SidecarError(self.name, f"has no section {section!r}") from None


@dataclass(frozen=True, slots=True)
class _Place:
    offset: int
    size: int
    check: int


def _place(offset: object, size: object, check: object) -> _Place:
    if not (isinstance(offset, int) and isinstance(size, int) and isinstance(check, int)):
        raise TypeError("a section's place is three numbers")
    if offset < 0 or size < 0:
        raise ValueError("a section's place is negative")
    return _Place(offset, size, check)


def _header(facts: Mapping[str, object], places: Mapping[str, list[int]]) -> bytes:
    return json.dumps({**facts, "order": sys.byteorder, "sections": places}).encode()


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
