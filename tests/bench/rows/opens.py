"""What a file's size costs when it is opened."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench import client, handin
from tests.bench.figures import Figure, Row, figure
from tests.bench.ground import Ground
from tests.bench.target import Offsets

_TIMES = 3
_WARM = 7
_REST_SECONDS = 0.02
_SMALL_BYTES = 2000 * 716_800


def _open(ground: Ground) -> Iterator[Figure]:
    film = ground.film
    small, nzb = ground.post("small", [_SMALL_BYTES])
    cold, warm, growth = [], [], []
    with ground.cold_program() as program:
        ground.client.call(handin.hand_in, program.port, nzb, "small", small)
    for _ in range(_TIMES):
        with ground.cold_program() as program:
            port, offsets, near = program.port, ground.offsets(), Offsets(small)
            # Connections and code are warm; of the film, nothing was read.
            ground.client.call(client.fetch, port, small, near.some(10), 1, 0)
            took = ground.client.call(client.fetch, port, small, near.some(_WARM), 1, _REST_SECONDS)
            base = figure("", "", took).value
            before = program.memory_mib()
            took = ground.client.call(client.fetch, port, film, offsets.some(1), 1, _REST_SECONDS)
            growth.append(program.memory_mib() - before)
            cold.append((took[0] - base) * 1000)
            took = ground.client.call(
                client.fetch, port, film, offsets.some(_WARM), 1, _REST_SECONDS
            )
            warm.append((figure("", "", took).value - base) * 1000)
    note = "above the same read of a file of 1.4 GB that is open"
    yield figure("the first time since the start", "ms", cold, at_most=30, note=note)
    yield figure("later", "ms", warm, at_most=5, note=note)
    yield figure("growth of memory", "MiB", growth, at_most=16, note="with one article")


ROWS = (Row("open", "Open of a file of 100 GB (139,509 segments)", _open),)
