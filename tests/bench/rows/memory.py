"""Memory: of a program that does nothing, and the most that it needs."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench import client, handin, procfs
from tests.bench.figures import Figure, Row, figure
from tests.bench.ground import CACHE_MIB, Ground
from tests.bench.target import ARTICLE_BYTES
from tests.bench.workers import pause

_SEGMENTS = 100_000


def _memory(ground: Ground) -> Iterator[Figure]:
    film = ground.film
    with ground.cold_program() as program:
        pause(1.0)
        idle = program.memory_mib()
        children = sum(map(procfs.memory_mib, procfs.children(program.pid)))
        offsets = ground.offsets()
        target, nzb = ground.post("memory", [_SEGMENTS * ARTICLE_BYTES])
        ground.client.call(handin.hand_in, program.port, nzb, "memory", target)
        imported = program.peak_mib()
        for count in (1, 20, 50):
            starts = offsets.runs(count)
            ground.client.call(client.streams, program.port, film, starts, 0.3, 1.5)
        ground.client.call(client.scrub, program.port, film, offsets.some(50), 1)
        peak = program.peak_mib()
    yield figure(
        "idle",
        "MiB",
        [idle],
        at_most=100,
        ancestor="31",
        note=f"{children:.0f} MiB more in child processes",
    )
    yield figure("the most so far, after an import", "MiB", [imported])
    yield figure(
        "the most, after streams and seeks too",
        "MiB",
        [peak],
        at_most=CACHE_MIB + 150,
        ancestor="1,177",
        note=f"a cache of {CACHE_MIB} MiB and 150 MiB",
    )


ROWS = (Row("memory", "Resident memory of the program", _memory),)
