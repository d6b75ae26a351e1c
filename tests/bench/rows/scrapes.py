"""A stream while everything that is measured is asked for each second."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench import client
from tests.bench.figures import MB, Figure, Row, figure
from tests.bench.ground import Ground
from tests.bench.processes import Program
from tests.bench.target import ARTICLE_BYTES
from tests.bench.workers import pause

_TIMES = 6
_LEAD_SECONDS, _SECONDS = 0.3, 3.0
_EACH_SECONDS = 1.0
_PATHS = ("/metrics", "/api/system/pool/metrics")


def _scrapes(ground: Ground) -> Iterator[Figure]:
    free, scraped, took = [], [], []
    with ground.program() as program:
        offsets = ground.offsets()
        for turn in range(_TIMES):
            for is_scraped in (turn % 2 == 0, turn % 2 == 1):
                start = offsets.run(8000) * ARTICLE_BYTES
                if not is_scraped:
                    free.append(_speed(ground, program, start))
                else:
                    scraping = (client.poll, program.port, _PATHS, _EACH_SECONDS)
                    with ground.load.beside(*scraping, lead=0.1) as results:
                        scraped.append(_speed(ground, program, start))
                    took += [seconds * 1000 for seconds in results[0]]
                pause(0.2)
    yield figure("speed", "MB/s", free)
    yield figure("speed while it is asked", "MB/s", scraped)
    shares = [one / other for one, other in zip(scraped, free, strict=True)]
    yield figure("share that is kept", "", shares, at_least=0.97)
    yield figure("both answers", "ms", took)


def _speed(ground: Ground, program: Program, start: int) -> float:
    """How fast one stream goes, in MB/s."""
    reading = (program.port, ground.film, [start], _LEAD_SECONDS, _SECONDS)
    read = ground.client.call(client.streams, *reading)
    return read.received / read.seconds / MB


ROWS = (
    Row(
        "scrape",
        "One stream while /metrics and the pool metrics are asked for each second",
        _scrapes,
    ),
)
