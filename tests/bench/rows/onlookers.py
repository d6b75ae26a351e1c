"""A stream while somebody looks on: at what is measured, or at all that is new."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

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
_EVENTS = "/api/events"


def _scrapes(ground: Ground) -> Iterator[Figure]:
    scraping = (client.poll, _PATHS, _EACH_SECONDS)
    found = yield from _beside(ground, *scraping, what="it is asked", at_least=0.97)
    took = [seconds * 1000 for one in found for seconds in one]
    yield figure("both answers", "ms", took)


def _dashboard(ground: Ground) -> Iterator[Figure]:
    found = yield from _beside(ground, client.listen, _EVENTS, what="it is told of", at_least=0.95)
    events = [count / (_LEAD_SECONDS + _SECONDS) for count in found]
    yield figure("events", "/s", events, at_least=0.5, at_most=8)


def _beside(
    ground: Ground, onlooker: Callable[..., Any], *args: object, what: str, at_least: float
) -> Iterator[Figure]:
    """How fast a stream is, in turns alone and beside an onlooker; what that one has found."""
    alone, seen, found = [], [], []
    with ground.program() as program:
        offsets = ground.offsets()
        for turn in range(_TIMES):
            for is_seen in (turn % 2 == 0, turn % 2 == 1):
                start = offsets.run(8000) * ARTICLE_BYTES
                if not is_seen:
                    alone.append(_speed(ground, program, start))
                else:
                    with ground.load.beside(onlooker, program.port, *args, lead=0.1) as results:
                        seen.append(_speed(ground, program, start))
                    found += results
                pause(0.2)
    yield figure("speed", "MB/s", alone)
    yield figure(f"speed while {what}", "MB/s", seen)
    shares = [one / other for one, other in zip(seen, alone, strict=True)]
    yield figure("share that is kept", "", shares, at_least=at_least)
    return found


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
    Row(
        "dashboard",
        "One stream while a dashboard listens to all events",
        _dashboard,
    ),
)
