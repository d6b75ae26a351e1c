"""Files that were cut into ``film.mkv.001``, ``film.mkv.002`` and on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_PART = re.compile(r"(?P<whole>.+)\.(?P<number>\d{3}|[1-9]\d{3})\Z", re.DOTALL)
_LAST_OF_THREE_DIGITS = 999


@dataclass(frozen=True, slots=True)
class SplitSet:
    """The parts of one file that was cut, as far as they are there."""

    name: str
    """Of the whole file: that of the first part without its number."""

    parts: tuple[str, ...]
    """The names of the parts, in order, as they were given."""

    missing: tuple[int, ...]
    """The numbers of the parts that must exist and are not there. What is missing at the end
    cannot be told from names."""


def split_sets(names: Iterable[str]) -> tuple[SplitSet, ...]:
    """The sets that are among some names, in the order in which they first appear.

    A set starts with ``.000`` or ``.001`` and goes on with ``.1000`` after ``.999``. Names
    that differ only in case belong together; of two parts with the same number the first
    counts. Where the first part is not there, it is a set only if no more parts are missing
    than there are: ``video.264`` is a name like any other.
    """
    found: dict[str, dict[int, str]] = {}
    for name in names:
        if match := _PART.match(name):
            parts = found.setdefault(match["whole"].casefold(), {})
            parts.setdefault(int(match["number"]), name)
    return tuple(made for parts in found.values() if (made := _made(parts)) is not None)


def _made(parts: dict[int, str]) -> SplitSet | None:
    if _LAST_OF_THREE_DIGITS not in parts:  # others are years
        parts = {number: name for number, name in parts.items() if number < _LAST_OF_THREE_DIGITS}
    if not parts:
        return None
    numbers = sorted(parts)
    first = min(numbers[0], 1)
    missing = tuple(number for number in range(first, numbers[-1]) if number not in parts)
    if numbers[0] > 1 and len(missing) > len(parts):
        return None
    ordered = tuple(parts[number] for number in numbers)
    return SplitSet(ordered[0].rpartition(".")[0], ordered, missing)
