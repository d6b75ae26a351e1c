"""All benchmarks there are, in the order they run."""

from __future__ import annotations

from collections.abc import Sequence

from tests.bench.figures import BenchError, Row
from tests.bench.rows import (
    archives,
    bursts,
    convoy,
    imports,
    lines,
    memory,
    onlookers,
    opens,
    paced,
    seeks,
    start,
    streams,
    webdav,
)

ROWS: tuple[Row, ...] = (
    *start.ROWS,
    *streams.ROWS,
    *paced.ROWS,
    *seeks.ROWS,
    *lines.ROWS,
    *opens.ROWS,
    *imports.ROWS,
    *bursts.ROWS,
    *archives.ROWS,
    *convoy.ROWS,
    *onlookers.ROWS,
    *webdav.ROWS,
    *memory.ROWS,
)


def choose(wishes: Sequence[str], rows: Sequence[Row] = ROWS) -> list[Row]:
    """The rows whose names are, or begin with, what is wished; all if nothing is.

    Raises:
        BenchError: A wish fits no row.
    """
    for wish in wishes:
        if not any(row.name.startswith(wish) for row in rows):
            raise BenchError(f"there is no row {wish!r}; --list names them")
    return [row for row in rows if not wishes or any(map(row.name.startswith, wishes))]
