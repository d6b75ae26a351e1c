"""How long the program takes to start."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.figures import Figure, Row, figure
from tests.bench.ground import Ground

_TIMES = 3


def _start(ground: Ground) -> Iterator[Figure]:
    samples = []
    for _ in range(_TIMES + 1):
        with ground.cold_program("start") as program:
            samples.append(program.start_seconds)
    # The first one makes the database.
    yield figure("start to /ready", "s", samples[1:], at_most=1.0, ancestor="0.1")
    yield figure("the first start ever", "s", samples[:1])


ROWS = (Row("start", "Start of the process to the first 200 of /ready", _start),)
