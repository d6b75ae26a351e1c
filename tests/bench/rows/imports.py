"""From an NZB to a file that plays."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.bench import client, handin
from tests.bench.figures import MB, Figure, Row, figure
from tests.bench.ground import Ground
from tests.bench.target import ARTICLE_BYTES
from tests.bench.workers import pause

_PLAIN_BYTES = 8 * 10**9
_LARGE_SEGMENTS = 100_000
_FILES, _FILE_BYTES = 2000, 500_000
_LEAD_SECONDS = 2.0
_REST_SECONDS = 0.3
_LOOK_SECONDS = 0.1
"""Beside a stream: asking costs it speed too."""


def _import(
    milliseconds: int, budget: float, ancestor: str
) -> Callable[[Ground], Iterator[Figure]]:
    def measure(ground: Ground) -> Iterator[Figure]:
        samples, taken = [], []
        with ground.program() as program, ground.latency(milliseconds):
            for number in range(6):
                title = f"plain-{milliseconds}-{number}"
                target, nzb = ground.post(title, [_PLAIN_BYTES])
                went = ground.client.call(handin.hand_in, program.port, nzb, title, target)
                samples.append(went.seconds)
                taken.append(went.taken - went.given)
                pause(_REST_SECONDS)
        # The first one starts the process that parses.
        yield figure("NZB given to playable", "s", samples[1:], at_most=budget, ancestor=ancestor)
        yield figure("of that, until the NZB was taken", "s", taken[1:])
        yield figure("the first import since the start", "s", samples[:1])

    return measure


def _files(ground: Ground) -> Iterator[Figure]:
    samples = []
    with ground.program() as program:
        for number in range(3):
            title = f"many-{number}"
            target, nzb = ground.post(title, [_FILE_BYTES] * _FILES)
            went = ground.client.call(handin.hand_in, program.port, nzb, title, target)
            samples.append(went.seconds)
            pause(_REST_SECONDS)
    yield figure("NZB given to playable", "s", samples, at_most=3.0, ancestor="6.4")


def _beside(ground: Ground) -> Iterator[Figure]:
    kept, seconds, slowest = [], [], []
    with ground.program() as program:
        offsets = ground.offsets()
        for number in range(4):
            title = f"large-{number}"
            target, nzb = ground.post(title, [_LARGE_SEGMENTS * ARTICLE_BYTES])
            start = offsets.run(12_000) * ARTICLE_BYTES
            load = (program.port, ground.film, [start], 0, 0)
            with ground.load.beside(client.streams, *load, lead=_LEAD_SECONDS) as loads:
                giving = (program.port, nzb, title, target, _LOOK_SECONDS)
                went = ground.client.call(handin.hand_in, *giving)
                pause(0.1)
            [reading] = loads
            before = reading.rate(went.given - 1.4, went.given - 0.05)
            kept.append(reading.rate(went.given, went.playable) / before)
            seconds.append(went.seconds)
            slowest.append(_slowest(reading, went) / MB)
            pause(_REST_SECONDS)
    # The first one starts the process that parses.
    yield figure("NZB given to playable", "s", seconds[1:], at_most=3.0)
    yield figure("the stream's speed meanwhile, of that before", "", kept[1:], at_least=0.8)
    yield figure("its slowest tenth of a second", "MB/s", slowest[1:])


def _slowest(reading: client.Reading, went: handin.Playable) -> float:
    starts = [went.given + tenth / 10 for tenth in range(int(went.seconds * 10) + 1)]
    return min(reading.rate(start, start + 0.1) for start in starts)


ROWS = (
    Row("import-0", "Import of a plain post of 8 GB", _import(0, 0.25, "3.1")),
    Row("import-40", "The same at 40 ms", _import(40, 0.5, "3.8")),
    Row("import-files", "Import of a post of 2,000 files", _files),
    Row("import-beside", "Import of 100,000 segments beside a stream at full speed", _beside),
)
