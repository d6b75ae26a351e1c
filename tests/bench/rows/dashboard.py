"""A stream while a dashboard listens to everything that is new."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench import client
from tests.bench.figures import MB, Figure, Row, figure
from tests.bench.ground import Ground
from tests.bench.processes import Program
from tests.bench.target import ARTICLE_BYTES
from tests.bench.workers import pause

_TIMES = 8
_LEAD_SECONDS, _SECONDS = 0.3, 3.0
_PATH = "/api/events"


def _dashboard(ground: Ground) -> Iterator[Figure]:
    free, heard, told = [], [], []
    with ground.program() as program:
        offsets = ground.offsets()
        for turn in range(_TIMES):
            for is_heard in (turn % 2 == 0, turn % 2 == 1):
                start = offsets.run(8000) * ARTICLE_BYTES
                if not is_heard:
                    free.append(_speed(ground, program, start))
                else:
                    with ground.load.beside(client.listen, program.port, _PATH, lead=0.1) as said:
                        heard.append(_speed(ground, program, start))
                    told.append(said[0] / (_LEAD_SECONDS + _SECONDS))
                pause(0.2)
    yield figure("speed", "MB/s", free)
    yield figure("speed while it is told of", "MB/s", heard)
    shares = [one / other for one, other in zip(heard, free, strict=True)]
    yield figure("share that is kept", "", shares, at_least=0.95)
    yield figure("events", "/s", told, at_least=0.5, at_most=8)


def _speed(ground: Ground, program: Program, start: int) -> float:
    """How fast one stream goes, in MB/s."""
    reading = (program.port, ground.film, [start], _LEAD_SECONDS, _SECONDS)
    read = ground.client.call(client.streams, *reading)
    return read.received / read.seconds / MB


ROWS = (
    Row(
        "dashboard",
        "One stream while a dashboard listens to all events",
        _dashboard,
    ),
)
