"""Streams at full speed: one beside the raw client, and many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.bench import client, rawclient
from tests.bench.figures import GIB, MB, Figure, Row, figure
from tests.bench.ground import Ground
from tests.bench.target import ARTICLE_BYTES
from tests.bench.workers import pause

_TIMES = 5
_ARTICLES = {False: 2000, True: 1000}
_REST_SECONDS = 0.2
_LEAD_SECONDS, _SECONDS = 0.6, 4.0
_RAW_WORKERS = 8
"""More do not make it faster where news server and client share two cores."""


@dataclass(frozen=True, slots=True)
class Needs:
    """The budget of one kind of stream."""

    speed: float
    cpu: float | None = None
    ancestor: str = ""
    ancestor_cpu: str = ""


_ONE = {
    False: Needs(1100, 1.1, "727-910", "1.5-1.7"),
    True: Needs(500, 1.9, "371", "2.4-2.7"),
}
_TWENTY = {False: Needs(1100, None, "800-994"), True: Needs(500, None, "459")}


def _one(tls: bool) -> Callable[[Ground], Iterator[Figure]]:
    def measure(ground: Ground) -> Iterator[Figure]:
        needs, count = _ONE[tls], _ARTICLES[tls]
        speeds, raws, cpu, raw_cpu, wire, raw_wire = [], [], [], [], [], []
        with ground.program(tls=tls) as program:
            offsets = ground.offsets()
            for _ in range(_TIMES):
                first = offsets.run(count + _RAW_WORKERS)
                start, stop = first * ARTICLE_BYTES, (first + count) * ARTICLE_BYTES
                used, sent = program.cpu_seconds(), ground.news.counters()["bytes_sent"]
                read = ground.client.call(client.stream, program.port, ground.film, start, stop)
                cpu.append((program.cpu_seconds() - used) / read.received * GIB)
                wire.append((ground.news.counters()["bytes_sent"] - sent) / read.received)
                speeds.append(read.received / read.seconds / MB)
                pause(_REST_SECONDS)
                sent = ground.news.counters()["bytes_sent"]
                raw = ground.raw.call(
                    rawclient.bulk,
                    ground.news_port(tls),
                    tls,
                    ground.film,
                    first,
                    count,
                    _RAW_WORKERS,
                )
                raw_cpu.append(raw.cpu_seconds / raw.received * GIB)
                received = raw.received + _RAW_WORKERS * ARTICLE_BYTES  # those that warm it
                raw_wire.append((ground.news.counters()["bytes_sent"] - sent) / received)
                raws.append(raw.received / raw.seconds / MB)
                pause(_REST_SECONDS)
        yield figure("speed", "MB/s", speeds, at_least=needs.speed, ancestor=needs.ancestor)
        yield figure("speed of the raw client", "MB/s", raws)
        shares = [speed / raw for speed, raw in zip(speeds, raws, strict=True)]
        yield figure("share of the raw client's speed", "", shares, at_least=0.75)
        yield figure("processor time", "s/GiB", cpu, at_most=needs.cpu, ancestor=needs.ancestor_cpu)
        yield figure("processor time of the raw client", "s/GiB", raw_cpu)
        encoding = figure("", "", raw_wire).value
        yield figure(
            "bytes asked for per byte served",
            "",
            wire,
            at_most=encoding * 1.005,
            ancestor="1.03 x encoded",
            note=f"encoding alone costs {encoding:.4f}",
        )

    return measure


def _many(tls: bool, count: int, times: int) -> Callable[[Ground], Iterator[Figure]]:
    def measure(ground: Ground) -> Iterator[Figure]:
        needs = _TWENTY[tls]
        speeds, unfair, cpu = [], [], []
        with ground.program(tls=tls) as program:
            offsets = ground.offsets()
            for _ in range(times):
                used, before = program.cpu_seconds(), ground.news.counters()["bytes_sent"]
                read = ground.client.call(
                    client.streams,
                    program.port,
                    ground.film,
                    offsets.runs(count),
                    _LEAD_SECONDS,
                    _SECONDS,
                )
                sent = ground.news.counters()["bytes_sent"] - before
                cpu.append((program.cpu_seconds() - used) / sent * GIB)
                speeds.append(read.received / read.seconds / MB)
                mean = read.received / count
                unfair.append(max(abs(one - mean) for one in read.by_stream) / mean * 100)
                pause(_REST_SECONDS)
        twenty = count == 20
        yield figure(
            "speed in all",
            "MB/s",
            speeds,
            at_least=needs.speed if twenty else None,
            ancestor=needs.ancestor if twenty else "",
        )
        yield figure("unfairness", "%", unfair, at_most=20, note="farthest from the mean")
        yield figure("processor time", "s/GiB", cpu, note="of bytes that came from the news server")

    return measure


ROWS = (
    Row("stream-plain", "One stream at full speed", _one(tls=False)),
    Row("stream-tls", "One stream at full speed, the news server over TLS", _one(tls=True)),
    Row("streams-plain", "Twenty streams at full speed", _many(False, 20, 2)),
    Row("streams-tls", "Twenty streams, the news server over TLS", _many(True, 20, 2)),
    Row("streams-50", "Fifty streams over twenty connections", _many(False, 50, 2)),
)
