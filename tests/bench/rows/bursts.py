"""Many NZBs at once, as a client hands them in that has found a whole series."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import quantiles

from tests.bench import client, handin
from tests.bench.figures import MB, Figure, Row, figure
from tests.bench.ground import Ground
from tests.bench.target import ARTICLE_BYTES
from tests.bench.workers import pause

_NZBS, _NZB_BYTES = 200, 10**9
_SECONDS = 60.0
_LEAD_SECONDS = 2.0
_LOOK_SECONDS = 0.02
_FILM_RATE = 12_500_000
"""Bytes per second of a film of 100 Mbit/s, which is much."""

_REST_SECONDS = 1.0
_PATHS = ("/api/queue?limit=100",)


def _burst(ground: Ground) -> Iterator[Figure]:
    with ground.program() as program:
        for what, rate in (("a film that plays", _FILM_RATE), ("a stream at full speed", 0)):
            titles = [f"burst-{rate}-{number}" for number in range(_NZBS)]
            nzbs = {title: ground.post(title, [_NZB_BYTES])[1] for title in titles}
            start = ground.offsets().run(12_000) * ARTICLE_BYTES
            reading = (program.port, ground.film, [start], 0, 0, rate)
            polling = (program.port, _PATHS, _LOOK_SECONDS)
            with (
                ground.load.beside(client.streams, *reading, lead=_LEAD_SECONDS) as loads,
                ground.raw.beside(client.poll, *polling, lead=0.1) as polls,
            ):
                burst = ground.client.call(handin.hand_in_all, program.port, nzbs, seconds=_SECONDS)
            answers = [seconds * 1000 for seconds in polls[0]]
            slowest = quantiles(answers, n=100)[-1]
            most = 100.0 if rate else None
            yield Figure(f"beside {what}: p99", slowest, "ms", tuple(answers), at_most=most)
            yield figure("an upload's answer", "ms", [seconds * 1000 for seconds in burst.took])
            yield figure("until all are imported", "s", [burst.seconds])
            yield figure("the stream's speed", "MB/s", [loads[0].received / loads[0].seconds / MB])
            pause(_REST_SECONDS)


ROWS = (Row("import-200", "200 NZBs at once: the queue's answers meanwhile", _burst),)
