"""Seeks on a line that readers fill, and what scrubbing costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from tests.bench import client, rawclient
from tests.bench.figures import MB, Figure, Row, figure
from tests.bench.ground import Ground
from tests.bench.target import ARTICLE_BYTES
from tests.bench.workers import pause

_LINE = 50 * MB
_MILLISECONDS = 20
_SEEKS = 10
_REST_SECONDS = 0.15
_LEAD_SECONDS = 7.0
_STEP_SECONDS, _WINDOW_SECONDS = 0.05, 0.3
_STALL_SECONDS = 3.0
_SCRUBS, _KEEP = 100, 256 * 1024


def _line(
    readers: int, ancestor: str = "", *, line: float = _LINE, connection: float = 0
) -> Callable[[Ground], Iterator[Figure]]:
    """Seeks on a line of so many bytes a second, in all (0: any) and for each connection."""

    def measure(ground: Ground) -> Iterator[Figure]:
        film = ground.film
        with ground.program() as program, ground.latency(_MILLISECONDS):
            offsets = ground.offsets()
            ground.news.turn(total_rate=line, connection_rate=connection)
            try:
                numbers = [offset // ARTICLE_BYTES for offset in offsets.some(5)]
                lone = ground.raw.call(
                    rawclient.lone, ground.news.port, False, film, numbers, _REST_SECONDS
                )
                first = offsets.run(200)
                raw = ground.raw.call(rawclient.bulk, ground.news.port, False, film, first, 150, 20)
                starts = offsets.runs(readers)
                load = (program.port, film, starts, 0, 0)
                with ground.load.beside(client.streams, *load, lead=_LEAD_SECONDS) as loads:
                    seeks = ground.client.call(
                        client.seek, program.port, film, offsets.some(_SEEKS), _REST_SECONDS
                    )
                [reading] = loads
            finally:
                ground.news.turn(total_rate=0, connection_rate=0)
        opened = reading.marks[0][0]
        carried = reading.rate(opened + _LEAD_SECONDS - 3.0, opened + _LEAD_SECONDS - 0.2) / MB
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


def _change(ground: Ground) -> Iterator[Figure]:
    film = ground.film
    with ground.program() as program, ground.latency(_MILLISECONDS):
        offsets = ground.offsets()
        ground.news.turn(total_rate=_LINE / 10)
        try:
            numbers = [offset // ARTICLE_BYTES for offset in offsets.some(3)]
            lone = ground.raw.call(
                rawclient.lone, ground.news.port, False, film, numbers, _REST_SECONDS
            )
            ground.news.turn(total_rate=_LINE)
            first = offsets.run(200)
            raw = ground.raw.call(rawclient.bulk, ground.news.port, False, film, first, 150, 20)
            ground.news.turn(total_rate=_LINE / 10)
            load = (program.port, film, [offsets.run(1000) * ARTICLE_BYTES], 0, 0)
            with ground.load.beside(client.streams, *load, lead=6.0) as loads:
                ground.news.turn(total_rate=_LINE)
                grown = time.monotonic()
                pause(6.0)
                ground.news.turn(total_rate=_LINE / 10)
                pause(4.0)
                seeks = ground.client.call(
                    client.seek, program.port, film, offsets.some(5), _REST_SECONDS
                )
            [reading] = loads
        finally:
            ground.news.turn(total_rate=0)
    steps = [grown + step * _STEP_SECONDS for step in range(int(5.0 / _STEP_SECONDS))]
    rates = [reading.rate(step, step + _WINDOW_SECONDS) for step in steps]
    most = raw.received / raw.seconds
    well = (step for step, rate in zip(steps, rates, strict=True) if rate >= 0.9 * most)
    regained = next(well, grown + 6.0)
    fetch = figure("", "", lone).value * 1000
    yield figure(
        "until a line that grew tenfold is used to 90 %",
        "s",
        [regained - grown],
        at_most=2.0,
        note=f"of what twenty connections get: {most / MB:.1f} MB/s",
    )
    yield figure(
        "first byte of a seek, four seconds after it shrank again",
        "ms",
        [seconds * 1000 for seconds in seeks],
        at_most=5 * fetch,
        note=f"5 x a lone fetch on that line: {fetch:.1f} ms",
    )


def _stragglers(ground: Ground) -> Iterator[Figure]:
    fault = {"kind": "stall", "at": 100_000, "seconds": _STALL_SECONDS, "probability": 0.01}
    with ground.program() as program, ground.latency(_MILLISECONDS):
        offsets = ground.offsets()
        ground.news.turn(total_rate=_LINE)
        try:
            load = (program.port, ground.film, [offsets.run(1000) * ARTICLE_BYTES], 0, 0)
            with ground.load.beside(client.streams, *load, lead=2.0) as loads:
                ground.news.turn(faults=[fault | {"commands": ["BODY"]}])
                pause(8.0)
            [reading] = loads
        finally:
            ground.news.turn(total_rate=0, faults=[])
    yield figure(
        "the longest time without a byte",
        "s",
        [_longest_rest(reading.marks)],
        at_most=_STALL_SECONDS / 2,
        note=f"one answer in a hundred stops for {_STALL_SECONDS:g} s",
    )


def _longest_rest(marks: list[tuple[float, int]]) -> float:
    longest, since = 0.0, marks[0]
    for mark in marks:
        if mark[1] > since[1]:
            since = mark
        longest = max(longest, mark[0] - since[0])
    return longest


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
    Row(
        "line-connections",
        "The same where each of twenty connections has 3 MB/s",
        _line(5, line=0, connection=3 * MB),
    ),
    Row(
        "line-both",
        "The same where each has 3 MB/s and all together 30 MB/s",
        _line(5, line=30 * MB, connection=3 * MB),
    ),
    Row("line-change", "A line of 5 MB/s that becomes one of 50 MB/s, and back", _change),
    Row("stragglers", "One reader at full speed while some answers stop", _stragglers),
    Row("scrub", "100 opens that leave after 256 KiB, at 20 ms", _scrub),
)
