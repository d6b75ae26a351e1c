"""Volumes of archive sets, told by their names.

====================================  =========================================
``film.part01.rar``                   numbers from 1
``film.rar``, ``.r00`` … ``.r99``,    the first, then on and on
``.s00`` …
``film.7z.001``, ``.zip.001``         numbers from 1
``film.z01`` …, ``film.zip``          numbers from 1, and the last
``film.001``, ``film.1``              numbers from 1, or from 0
====================================  =========================================
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from altmount.importer.partsizes import shortfall_of
from altmount.nzb.model import PostedFile


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?P<base>.+)\.{text}\Z", re.IGNORECASE | re.DOTALL)


_SCHEMES = (
    (_pattern(r"part(?P<number>\d{1,5})\.rar"), "part"),
    (_pattern(r"(?:rar|(?P<letter>[r-y])(?P<number>\d{2}))"), "roll"),
    (_pattern(r"(?P<letter>r)(?P<number>\d{3})"), "roll"),
    (_pattern(r"(?P<kind>7z|zip|rar)\.(?P<number>\d{2,4})"), ""),
    (_pattern(r"(?:zip|z(?P<number>\d{2,3}))"), "zip"),
    (_pattern(r"7z"), "7z"),
    (_pattern(r"(?P<number>\d{1,3}|[1-9]\d{3})"), "number"),
)
_LAST_OF_A_ZIP = 1 << 20
_A_LETTER = 100


class VolumeName(NamedTuple):
    """What the name of a volume says."""

    scheme: str
    """``part``, ``roll``, ``7z``, ``zip``, ``rar`` or ``number``."""

    base: str
    """What all names of the set have in common, in small letters."""

    number: int
    """Its place, but not always from 0 on."""


@dataclass(frozen=True, slots=True)
class VolumeSet:
    """Files whose names belong together."""

    scheme: str
    base: str
    files: tuple[int, ...]
    """In order, as they were numbered."""

    missing: tuple[int, ...]
    """The places of volumes, from 0, that must exist and are not there. What is missing at the
    end cannot be told from names."""


def volume_name(name: str) -> VolumeName | None:
    """What the name of a file says of its place in a set; ``None`` if nothing."""
    leaf = name.replace("\\", "/").rpartition("/")[2]
    for pattern, scheme in _SCHEMES:
        if match := pattern.match(leaf):
            said = match.groupdict()
            kind = (said.get("kind") or scheme).lower()
            return VolumeName(kind, match["base"].casefold(), _place(kind, said))
    return None


def stem_of(name: str) -> str:
    """What all names of a set begin with, or a name without its extension if it is of none."""
    leaf = name.replace("\\", "/").rpartition("/")[2]
    for pattern, _ in _SCHEMES:
        if match := pattern.match(leaf):
            return match["base"]
    return PurePosixPath(leaf).stem


def _place(scheme: str, said: Mapping[str, str | None]) -> int:
    number = said.get("number")
    if scheme == "roll":
        letter = ord((said["letter"] or "r").lower()) - ord("r")
        return 0 if number is None else 1 + letter * _A_LETTER + int(number)
    if number is None:
        return _LAST_OF_A_ZIP if scheme == "zip" else 1
    return int(number)


def volume_sets(names: Iterable[tuple[int, str]]) -> tuple[VolumeSet, ...]:
    """The sets among some files, by the names they have, in the order in which they appear.

    Of two files in the same place the first counts; the other is in no set.
    """
    found: dict[tuple[str, str], dict[int, int]] = {}
    for index, name in names:
        if (said := volume_name(name)) is not None:
            places = found.setdefault((said.scheme, said.base), {})
            places.setdefault(said.number, index)
    return tuple(_set(scheme, base, places) for (scheme, base), places in found.items())


def _set(scheme: str, base: str, places: dict[int, int]) -> VolumeSet:
    numbers = sorted(places)
    counted = [number for number in numbers if number != _LAST_OF_A_ZIP]
    start = 0 if scheme == "roll" else min([1, *counted])
    span = range(start, counted[-1] + 1) if counted else range(0)
    missing = tuple(number - start for number in span if number not in places)
    return VolumeSet(scheme, base, tuple(places[number] for number in numbers), missing)


def models_of(files: Sequence[PostedFile]) -> dict[int, int]:
    """For files that need not be looked at, which other one they are taken to be like.

    That is the second volume of their set. The first and the last one are always looked at, and
    so is what is not complete or not alike by the NZB's word.
    """
    models = {}
    for found in volume_sets((index, file.name) for index, file in enumerate(files)):
        if len(found.files) < _FEW:
            continue
        model = found.files[1]
        sizes = files[model].segments.encoded_sizes
        for index in found.files[2:-1]:
            whole = shortfall_of(files[index]) is None
            if whole and alike(sizes, files[index].segments.encoded_sizes):
                models[index] = model
    return models


def alike(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether two files seem to be of the same size, by the sizes of their articles on the wire.

    Equal bytes make articles of nearly equal size, and so do the last articles of files that
    are cut in the same places.
    """
    if len(one) != len(other) or not one:
        return False
    if not all((one[0], one[-1], other[0], other[-1])):
        return False
    last = abs(one[-1] - other[-1]) <= max(_LAST_WITHIN * one[-1], _SLACK)
    return last and abs(sum(one) - sum(other)) <= _WHOLE_WITHIN * sum(one) + _SLACK


_FEW = 4
"""Sets of fewer files are looked at whole."""

_LAST_WITHIN = 0.02
_WHOLE_WITHIN = 0.01
_SLACK = 200
"""Bytes of headers, names and numbers."""
