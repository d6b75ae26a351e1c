"""The WebDAV share: reading beside ``/files``, and listing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.bench import client, davclient, handin
from tests.bench.figures import MB, Figure, Row, figure
from tests.bench.ground import Ground
from tests.bench.processes import Program
from tests.bench.target import ARTICLE_BYTES
from tests.bench.workers import pause

_TIMES = 5
_ARTICLES = 2000
_REST_SECONDS = 0.2
_FILE_BYTES = 700_000
_LISTS, _APART_SECONDS = 5, 1.0
_LEAD_SECONDS = 1.5
_WALKED_FOLDERS, _FILES_EACH = 2000, 10


def _get(ground: Ground) -> Iterator[Figure]:
    shares, speeds = [], []
    with ground.program() as program:
        film = ground.film
        shared = replace(film, path=film.path.replace("/files/", "/webdav/", 1))
        offsets = ground.offsets()
        for number in range(_TIMES):
            taken = {}
            # Who is first has the warmer machine; they take turns.
            for target in (film, shared) if number % 2 else (shared, film):
                start = offsets.run(_ARTICLES) * ARTICLE_BYTES
                stop = start + _ARTICLES * ARTICLE_BYTES
                read = ground.client.call(client.stream, program.port, target, start, stop)
                taken[target.path] = read.received / read.seconds / MB
                pause(_REST_SECONDS)
            speeds.append(taken[shared.path])
            shares.append(taken[shared.path] / taken[film.path])
    yield figure("speed", "MB/s", speeds)
    yield figure("share of the speed of /files", "", shares, at_least=0.95)


def _propfind(count: int, most_ms: float) -> Callable[[Ground], Iterator[Figure]]:
    def measure(ground: Ground) -> Iterator[Figure]:
        title = f"listed-{count}"
        target, nzb = ground.post(title, [_FILE_BYTES] * count)
        path = f"/webdav/complete/{title}/"
        with ground.program() as program:
            ground.client.call(handin.hand_in, program.port, nzb, title, target)
        with ground.program() as program:
            listing = (program.port, path, count)
            took = ground.client.call(davclient.propfind, *listing, 1 + 2 * _LISTS, 0.05)
            yield figure("time", "ms", [one * 1000 for one in took[1:]], at_most=most_ms)
            yield figure("the first time since the start", "ms", [took[0] * 1000])
            kept = [_kept(ground, program, listing) for _ in range(3)]
        note = "a list every second"
        yield figure("a stream's speed meanwhile", "", kept, at_least=0.8, note=note)

    return measure


def _kept(ground: Ground, program: Program, listing: tuple[int, str, int]) -> float:
    """Which share of its speed a stream keeps while a folder is listed every second."""
    start = ground.offsets().run(12_000) * ARTICLE_BYTES
    load = (program.port, ground.film, [start], 0, 0)
    with ground.load.beside(client.streams, *load, lead=_LEAD_SECONDS) as loads:
        ground.client.call(davclient.propfind, *listing, 3, _APART_SECONDS)
    [reading] = loads
    began = reading.marks[0][0]
    until = reading.marks[-1][0]
    before = reading.rate(began + 0.3, began + _LEAD_SECONDS - 0.1)
    return reading.rate(began + _LEAD_SECONDS, until) / before


def _walk(ground: Ground) -> Iterator[Figure]:
    target, nzb = ground.post("walked", [_FILE_BYTES] * _FILES_EACH)
    with ground.program() as program:
        ground.client.call(handin.hand_in, program.port, nzb, "walked", target)
        pairs = [("", "/webdav/walk"), ("", "/webdav/walk/00")]
        once, many = 20, _WALKED_FOLDERS // 20
        pairs += [("/webdav/complete/walked", f"/webdav/walk/00/{n:02}") for n in range(once)]
        pairs += [("/webdav/walk/00", f"/webdav/walk/{n:02}") for n in range(1, many)]
        ground.client.call(davclient.copy, program.port, pairs)
    times = []
    for _ in range(2):
        with ground.program() as program:  # which remembers nothing
            seconds, folders, files = ground.client.call(
                davclient.walk, program.port, "/webdav/walk/"
            )
            times.append(seconds)
    note = f"{files} files in {folders} folders"
    yield figure("time", "s", times, at_most=10.0, note=note)


ROWS = (
    Row("webdav-get", "One stream at full speed through /webdav", _get),
    Row("propfind-2000", "List of a folder of 2,000 files", _propfind(2000, 25)),
    Row("propfind-10000", "List of a folder of 10,000 files", _propfind(10_000, 100)),
    Row("dav-walk", "Walk through 20,000 files in 2,000 folders", _walk),
)
