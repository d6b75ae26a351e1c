"""Seeks: how long a player waits for the first byte, and for the first 4 MiB."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.bench import client, rawclient
from tests.bench.figures import MB, Figure, Row, figure
from tests.bench.ground import Ground
from tests.bench.target import ARTICLE_BYTES
from tests.bench.workers import pause

_BLOCKS, _EACH = 3, 5
_LEAD_SECONDS = 1.0
_PACE = 20 * MB
_LOAD_ARTICLES = 12_000
_LENGTH = 4 << 20
_ANCESTOR = {0: "5-6.5", 20: "25-28", 80: "87", 200: "212"}
_ANCESTOR_BESIDE = {0: "8", 20: "27", 80: "91", 200: "207"}
_ANCESTOR_RANGE = {0: "13", 20: "33", 80: "93"}


def _seek(milliseconds: int) -> Callable[[Ground], Iterator[Figure]]:
    rest = 0.05 + milliseconds / 1000

    def measure(ground: Ground) -> Iterator[Figure]:
        film, idle, lone, beside, paced = ground.film, [], [], [], []
        with ground.program() as program, ground.latency(milliseconds):
            offsets = ground.offsets()

            def seeks() -> list[float]:
                took = ground.client.call(
                    client.seek, program.port, film, offsets.some(_EACH + 1), rest
                )
                return [seconds * 1000 for seconds in took[1:]]  # the first one warms

            for _ in range(_BLOCKS):
                numbers = [offset // ARTICLE_BYTES for offset in offsets.some(_EACH)]
                took = ground.raw.call(rawclient.lone, ground.news.port, False, film, numbers, rest)
                lone += [seconds * 1000 for seconds in took]
                idle += seeks()
            for samples, rate in ((beside, 0), (paced, _PACE)):
                for _ in range(_BLOCKS):
                    start = offsets.run(_LOAD_ARTICLES) * ARTICLE_BYTES
                    load = (program.port, film, [start], 0, 0, rate)
                    with ground.load.beside(client.streams, *load, lead=_LEAD_SECONDS):
                        samples.extend(seeks())
                    pause(rest)
        fetch = figure("a lone article fetch", "ms", lone)
        yield fetch
        note = f"a lone fetch: {fetch.value:.1f} ms"
        yield figure(
            "idle",
            "ms",
            idle,
            at_most=1.2 * fetch.value,
            ancestor=_ANCESTOR[milliseconds],
            note=f"1.2 x {note}",
        )
        yield figure(
            "beside a stream at full speed",
            "ms",
            beside,
            at_most=1.5 * fetch.value,
            ancestor=_ANCESTOR_BESIDE[milliseconds],
            note=f"1.5 x {note}",
        )
        yield figure(
            "beside a stream of 20 MB/s",
            "ms",
            paced,
            at_most=1.5 * fetch.value,
            note=f"1.5 x {note}",
        )

    return measure


def _range(milliseconds: int) -> Callable[[Ground], Iterator[Figure]]:
    rest = 0.05 + milliseconds / 1000

    def measure(ground: Ground) -> Iterator[Figure]:
        film, whole, lone, line = ground.film, [], [], []
        with ground.program() as program:
            offsets = ground.offsets()
            for _ in range(_BLOCKS):
                first = offsets.run(500)
                raw = ground.raw.call(rawclient.bulk, ground.news.port, False, film, first, 490, 8)
                line.append(_LENGTH / (raw.received / raw.seconds) * 1000)
                with ground.latency(milliseconds):
                    numbers = [offset // ARTICLE_BYTES for offset in offsets.some(_EACH)]
                    took = ground.raw.call(
                        rawclient.lone, ground.news.port, False, film, numbers, rest
                    )
                    lone += [seconds * 1000 for seconds in took]
                    took = ground.client.call(
                        client.fetch, program.port, film, offsets.some(_EACH + 1), _LENGTH, rest
                    )
                    whole += [seconds * 1000 for seconds in took[1:]]
        fetch, carried = figure("", "", lone).value, figure("", "", line).value
        yield figure(
            "4 MiB complete",
            "ms",
            whole,
            at_most=1.4 * (fetch + carried),
            ancestor=_ANCESTOR_RANGE[milliseconds],
            note=f"1.4 x (a lone fetch: {fetch:.1f} ms + what the bytes take: {carried:.1f} ms)",
        )

    return measure


ROWS = (
    *(Row(f"seek-{ms}", f"Open-ended seek, first byte, at {ms} ms", _seek(ms)) for ms in _ANCESTOR),
    *(
        Row(f"range-{ms}", f"Closed range of 4 MiB, complete, at {ms} ms", _range(ms))
        for ms in _ANCESTOR_RANGE
    ),
)
