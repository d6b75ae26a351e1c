"""Rows in batches, so that no statement holds up the event loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

_BATCH = 150
"""Rows handed to the database in one step of the event loop."""


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items in order, as many at a time as one statement is to be about."""
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]
