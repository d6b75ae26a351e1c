"""Streams at the pace of players."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.bench import client
from tests.bench.figures import GIB, MB, Figure, Row, figure
from tests.bench.ground import Ground

_STREAMS, _RATE = 10, 10 * MB
_LEAD_SECONDS, _SECONDS, _TIMES = 1.0, 3.0, 2


def _paced(tls: bool, budget: float, ancestor: str) -> Callable[[Ground], Iterator[Figure]]:
    def measure(ground: Ground) -> Iterator[Figure]:
        cpu, rates = [], []
        with ground.program(tls=tls) as program:
            offsets = ground.offsets()
            for _ in range(_TIMES):
                used = program.cpu_seconds()
                read = ground.client.call(
                    client.streams,
                    program.port,
                    ground.film,
                    offsets.runs(_STREAMS),
                    _LEAD_SECONDS,
                    _SECONDS,
                    _RATE,
                )
                served = read.received * (_LEAD_SECONDS + _SECONDS) / _SECONDS
                cpu.append((program.cpu_seconds() - used) / served * GIB)
                rates.append(min(read.by_stream) / read.seconds / MB)
        yield figure("processor time", "s/GiB", cpu, at_most=budget, ancestor=ancestor)
        yield figure("the slowest stream", "MB/s", rates, at_least=9.5)

    return measure


ROWS = (
    Row("paced-plain", "Ten streams of 10 MB/s each", _paced(False, 1.3, "1.8")),
    Row("paced-tls", "The same, the news server over TLS", _paced(True, 2.3, "2.9")),
)
