"""A stream while a thread of the same process keeps the interpreter busy."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.bench import client
from tests.bench.figures import MB, Figure, Row, figure
from tests.bench.ground import Ground
from tests.bench.processes import Program
from tests.bench.target import ARTICLE_BYTES
from tests.bench.workers import pause

_TIMES = 3
_LEAD_SECONDS, _SECONDS = 0.3, 1.5


def _convoy(tls: bool) -> Callable[[Ground], Iterator[Figure]]:
    def measure(ground: Ground) -> Iterator[Figure]:
        free, busy = [], []
        with ground.program(tls=tls, busy=True) as program:
            offsets = ground.offsets()
            for _ in range(_TIMES):
                for samples, is_busy in ((free, False), (busy, True)):
                    program.be_busy(is_busy)
                    start = offsets.run(5000) * ARTICLE_BYTES
                    samples.append(_speed(ground, program, start))
                    pause(0.2)
            program.be_busy(False)
        yield figure("speed without the thread", "MB/s", free)
        yield figure("speed with it", "MB/s", busy)
        shares = [one / other for one, other in zip(busy, free, strict=True)]
        yield figure("share that is kept", "", shares, at_least=0.2)

    return measure


def _speed(ground: Ground, program: Program, start: int) -> float:
    """How fast one stream goes, in MB/s."""
    reading = (program.port, ground.film, [start], _LEAD_SECONDS, _SECONDS)
    read = ground.client.call(client.streams, *reading)
    return read.received / read.seconds / MB


ROWS = (
    Row("convoy-plain", "One stream beside a busy Python thread", _convoy(tls=False)),
    Row("convoy-tls", "The same, the news server over TLS", _convoy(tls=True)),
)
