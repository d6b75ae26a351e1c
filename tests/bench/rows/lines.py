"""Seeks on a line that readers fill, and what scrubbing costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.bench import client, rawclient
from tests.bench.figures import MB, Figure, Row, figure
from tests.bench.ground import Ground
from tests.bench.target import ARTICLE_BYTES

_LINE = 50 * MB
_MILLISECONDS = 20
_SEEKS = 10
_REST_SECONDS = 0.15
_SCRUBS, _KEEP = 100, 256 * 1024


def _line(readers: int, ancestor: str) -> Callable[[Ground], Iterator[Figure]]:
    def measure(ground: Ground) -> Iterator[Figure]:
        film = ground.film
        with ground.program() as program, ground.latency(_MILLISECONDS):
            offsets = ground.offsets()
            ground.news.turn(total_rate=_LINE)
            try:
                numbers = [offset // ARTICLE_BYTES for offset in offsets.some(5)]
                lone = ground.raw.call(
                    rawclient.lone, ground.news.port, False, film, numbers, _REST_SECONDS
                )
                first = offsets.run(200)
                raw = ground.raw.call(rawclient.bulk, ground.news.port, False, film, first, 150, 20)
                starts = offsets.runs(readers)
                load = (program.port, film, starts, 0, 0)
                with ground.load.beside(client.streams, *load, lead=4.0) as loads:
                    seeks = ground.client.call(
                        client.seek, program.port, film, offsets.some(_SEEKS), _REST_SECONDS
                    )
                [reading] = loads
            finally:
                ground.news.turn(total_rate=0)
        opened = reading.marks[0][0]
        carried = reading.rate(opened + 1.0, opened + 3.8) / MB
        most = raw.received / raw.seconds / MB
        fetch = figure("", "", lone).value * 1000
        yield figure(
            "first byte of a seek",
            "ms",
            [seconds * 1000 for seconds in seeks],
            at_most=5 * fetch,
            ancestor=ancestor,
            note=f"5 x a lone fetch on that line: {fetch:.1f} ms",
        )
        yield figure(
            "the readers' sum",
            "MB/s",
            [carried],
            at_least=0.9 * most,
            note=f"90 % of what twenty connections get: {most:.1f} MB/s",
        )

    return measure


def _scrub(ground: Ground) -> Iterator[Figure]:
    with ground.program() as program, ground.latency(_MILLISECONDS):
        places = ground.offsets().some(_SCRUBS)
        needed = sum(
            (place + _KEEP - 1) // ARTICLE_BYTES - place // ARTICLE_BYTES + 1 for place in places
        )
        before = ground.news.counters()["commands"].get("BODY", 0)
        ground.client.call(client.scrub, program.port, ground.film, places, _KEEP)
        asked = ground.news.counters()["commands"]["BODY"] - before
    yield figure(
        "articles asked for per article needed",
        "",
        [asked / needed],
        at_most=2.5,
        ancestor="24",
        note=f"{asked} for {needed}",
    )


ROWS = (
    Row("line-1", "Seek on a line of 50 MB/s and 20 ms that one reader fills", _line(1, "569")),
    Row("line-5", "The same beside five readers", _line(5, "2,233")),
    Row("scrub", "100 opens that leave after 256 KiB, at 20 ms", _scrub),
)
