"""What a benchmark stands on: a news server, a library, clients, and the program when asked."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from tests.bench import client, handin, processes
from tests.bench.processes import NewsServer, Program
from tests.bench.sets import SetTarget, Volume, target_of
from tests.bench.target import ARTICLE_BYTES, Offsets, Target
from tests.bench.workers import Worker

FILM_BYTES = 100 * 10**9
CACHE_MIB = 256
"""What the program may cache by default."""

_WARM_ARTICLES = 200


class Ground:
    """Lends what rows need, and takes all of it down when its ``with`` is left.

    All programs it starts, one at a time, share one library, in which a film of 100 GB is once
    it was asked for.
    """

    def __init__(self) -> None:
        self.peak_mib = 0.0
        """The most memory that any program needed so far."""

        self._stack = ExitStack()
        self._seeds = itertools.count(100, 10_000)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.folder = Path(stack.enter_context(TemporaryDirectory(prefix="altmount-bench-")))
            self.news: NewsServer = stack.enter_context(processes.news_server(self.folder))
            self.client = stack.enter_context(Worker())
            self.load = stack.enter_context(Worker())
            self.raw = stack.enter_context(Worker())
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @cached_property
    def film(self) -> Target:
        """A file of 100 GB in the library."""
        target, nzb = self.post("film", [FILM_BYTES])
        with self._program() as program:
            self.client.call(handin.hand_in, program.port, nzb, "film", target)
        return target

    def news_port(self, tls: bool) -> int:
        return self.news.tls_port if tls else self.news.port

    def post(self, title: str, sizes: list[int]) -> tuple[Target, Path]:
        """A synthetic post that no program has seen: its last file, once imported, and its NZB."""
        seed = next(self._seeds)
        nzb = self.folder / f"{title}.nzb"
        self.news.order("synthetic", seed=seed, sizes=sizes, nzb=str(nzb))
        # A file that is alone is named after its NZB.
        last = seed + len(sizes) - 1
        name = title if len(sizes) == 1 else f"synthetic-{last}"
        return Target(f"/files/complete/{title}/{name}.mkv", last, sizes[-1]), nzb

    def post_set(
        self,
        title: str,
        volumes: Sequence[Volume],
        key: bytes = b"",
        *,
        ending: str = ".mkv",
        **metas: str,
    ) -> tuple[SetTarget, Path]:
        """A post of a set that no program has seen: its film, once imported, and its NZB."""
        seed = next(self._seeds)
        nzb = self.folder / f"{title}.nzb"
        self.news.order(
            "synthetic",
            seed=seed,
            sizes=[volume.size for volume in volumes],
            names=[volume.name for volume in volumes],
            patches=[
                [index, offset, data.hex()]
                for index, volume in enumerate(volumes)
                for offset, data in volume.patches
            ],
            metas=metas,
            nzb=str(nzb),
        )
        return target_of(f"/files/complete/{title}/{title}{ending}", seed, volumes, key), nzb

    @contextmanager
    def program(self, *, tls: bool = False, busy: bool = False) -> Iterator[Program]:
        """The program, with the film in its library; its connections are warm."""
        film = self.film
        with self._program(tls=tls, busy=busy) as program:
            stop = _WARM_ARTICLES * ARTICLE_BYTES
            self.client.call(client.stream, program.port, film, 0, stop)
            yield program

    @contextmanager
    def cold_program(self, library: str = "library") -> Iterator[Program]:
        """The program, as it is when it has just started, with a library of that name."""
        with self._program(library=library) as program:
            yield program

    def offsets(self) -> Offsets:
        """Places in the film that are new to a program which has just been started."""
        offsets = Offsets(self.film)
        offsets.run(_WARM_ARTICLES)
        return offsets

    @contextmanager
    def latency(self, milliseconds: int) -> Iterator[None]:
        """Let the news server be so far away, there and back."""
        self.news.turn(latency=milliseconds / 1000)
        try:
            yield
        finally:
            self.news.turn(latency=0)

    @contextmanager
    def _program(
        self, *, tls: bool = False, busy: bool = False, library: str = "library"
    ) -> Iterator[Program]:
        folder = self.folder / library
        folder.mkdir(exist_ok=True)
        with processes.program(folder, self.news_port(tls), tls=tls, busy=busy) as program:
            try:
                yield program
            finally:
                if program.process.poll() is None:
                    self.peak_mib = max(self.peak_mib, program.peak_mib())
