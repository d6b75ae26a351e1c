"""One soak: who takes part, for how long, and what is found in the end."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import random
import select
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from subprocess import PIPE
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import processes, report
from tests.bench.figures import BenchError
from tests.bench.processes import NewsServer, Program
from tests.bench.target import LOGIN, Target
from tests.soak.diary import Diary
from tests.soak.intake import Intake
from tests.soak.player import Player
from tests.soak.verdict import Look, excesses, growth, leftovers, most_growth, overbooked
from tests.soak.weather import Change, Weather, forecast

CAPS = {"first": 8, "partial": 6, "last": 8}
"""The accounts, in the order of the weather's servers, and how many connections each allows."""

CACHE_BYTES = 64 << 20

_HARSH_FROM = 300.0
"""Runs of so many seconds have room for troubles that take long to be noticed."""

_FILMS = {
    "Feature": 2_000_000_000,
    "Episode": 700_000_000,
    "Clip": 50_000_000,
    "Trailer": 3_000_001,
}
_SAMPLE_SECONDS = 1.0
_LOOK_SECONDS = 10.0
_CALM_SECONDS = 30.0
_ANSWER_SECONDS = 20.0
_TRIES, _TRY_SECONDS = 20, 0.1
_LONGEST_WAIT = 20.0
"""How long a reader may wait for its next bytes while a sound server has them."""


class Run:
    """A soak that is about to begin."""

    def __init__(self, seed: int, seconds: float, players: int, results: Path) -> None:
        self._seed = seed
        self._seconds = seconds
        self._players = players
        self._results = results
        self._faults: list[str] = []
        self._looks: list[Look] = []
        self._memory: list[float] = []
        self._sky = ["fine"] * len(CAPS)
        self._cut = False
        self._before: Look | None = None

    async def run(self) -> int:
        """Let it happen; the exit code."""
        began = datetime.now(UTC)
        weather = forecast(self._seed, self._seconds, harsh=self._seconds >= _HARSH_FROM)
        diary = Diary(weather)
        _say(f"seed {self._seed}, {self._seconds:.0f} s, {self._players} players")
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="altmount-soak-")))
            self._news: Sequence[NewsServer] = [
                stack.enter_context(processes.news_server(folder, name)) for name in CAPS
            ]
            self._program: Program = stack.enter_context(
                processes.serving(
                    folder,
                    self._settings(),
                    ["-m", "tests.soak.served"],
                    stdin=PIPE,
                    stdout=PIPE,
                )
            )
            await self._go_through(weather, diary)
            peaks = dict(
                zip(CAPS, (news.counters()["connections_peak"] for news in self._news), strict=True)
            )
            self._faults += overbooked(peaks, CAPS)
            complaints = (folder / "program.err").read_text("utf-8", "replace")
        self._judge(diary, complaints)
        path = self._write(began, diary, peaks, complaints)
        for fault in self._faults:
            _say(f"FAULT {fault}")
        _say(f"{'it did not hold' if self._faults else 'all held'}; all figures: {path}")
        return 1 if self._faults else 0

    def _settings(self) -> dict[str, Any]:
        return {
            "providers": [
                {
                    "id": name,
                    "host": "127.0.0.1",
                    "port": news.port,
                    "max_connections": cap,
                    "is_backup_provider": name == "last",
                }
                for (name, cap), news in zip(CAPS.items(), self._news, strict=True)
            ],
            "streaming": {"cache_bytes": CACHE_BYTES},
        }

    async def _go_through(self, weather: Weather, diary: Diary) -> None:
        loop = asyncio.get_running_loop()
        chance = random.Random(self._seed)
        start = loop.time()

        def clock() -> float:
            return loop.time() - start

        intake = Intake(self._program.port, diary, clock, random.Random(chance.random()))
        films = [await intake.film(title, size) for title, size in _FILMS.items()]
        self._before = await self._calm(clock)
        start = loop.time()
        _say(_HEAD)
        everyone: list[asyncio.Task[None]] = []
        async with asyncio.TaskGroup() as group:
            for _ in range(self._players):
                player = Player(
                    self._program.port, films, diary, clock, random.Random(chance.random())
                )
                everyone.append(group.create_task(player.watch()))
            everyone.append(group.create_task(intake.bring()))
            everyone.append(group.create_task(self._sample()))
            everyone.append(group.create_task(self._watch(diary, clock)))
            await self._change(weather, clock)
            for task in everyone:
                task.cancel()
        end = await self._calm(clock)
        _say(self._line(end, diary, 0))
        self._faults += leftovers(end, self._before)
        await self._read_once_more(films, diary, clock)

    async def _change(self, weather: Weather, clock: Any) -> None:
        """Make the weather."""
        for change in weather.changes:
            await asyncio.sleep(max(0.0, change.at - clock()))
            self._apply(change)

    def _apply(self, change: Change) -> None:
        news = self._news[change.server]
        if change.knobs:
            news.order("set", knobs=dict(change.knobs))
        for order in change.orders:
            news.order(order)
        self._cut = self._cut or "cut" in change.orders
        self._cut = self._cut and "mend" not in change.orders
        if change.knobs:
            self._sky[change.server] = change.name

    async def _sample(self) -> None:
        while True:
            self._memory.append(self._program.memory_mib())
            await asyncio.sleep(_SAMPLE_SECONDS)

    async def _watch(self, diary: Diary, clock: Any) -> None:
        """Look every few seconds; what is too much must be gone at once."""
        bytes_before = diary.read_bytes
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            # One for the imports' reads, and one for the import itself.
            bounds = (self._before, self._players + 2, sum(CAPS.values()))
            for _ in range(_TRIES):
                look = await self._look(clock)
                found = list(excesses(look, *bounds))
                if not found:
                    break
                await asyncio.sleep(_TRY_SECONDS)
            self._faults += [f"at {look.at:.0f} s: {excess}" for excess in found]
            rate = (diary.read_bytes - bytes_before) / _LOOK_SECONDS
            bytes_before = diary.read_bytes
            _say(self._line(look, diary, rate))

    async def _look(self, clock: Any) -> Look:
        def ask() -> bytes:
            self._program.process.stdin.write(b"\n")
            self._program.process.stdin.flush()
            answer = self._program.process.stdout
            if not select.select([answer], [], [], _ANSWER_SECONDS)[0]:
                raise BenchError(f"the program has not answered for {_ANSWER_SECONDS:.0f} s")
            return answer.readline()

        look = Look(clock(), **json.loads(await asyncio.to_thread(ask)))
        self._looks.append(look)
        return look

    async def _calm(self, clock: Any) -> Look:
        """Wait until the program is done with everything; what there is then."""
        until = clock() + _CALM_SECONDS
        look = await self._look(clock)
        while clock() < until:
            if not list(leftovers(look, self._before or look)):
                break
            await asyncio.sleep(_TRY_SECONDS)
            look = await self._look(clock)
        return look

    async def _read_once_more(self, films: Sequence[Target], diary: Diary, clock: Any) -> None:
        """Now that all is well every film must play again, wherever it was broken before."""
        for film in films:
            begun = clock()
            try:
                async with asyncio.timeout(_CALM_SECONDS):
                    reader, writer = await asyncio.open_connection("127.0.0.1", self._program.port)
                    writer.write(
                        f"GET {film.path} HTTP/1.1\r\nHost: soak\r\n{LOGIN}\r\n"
                        f"Range: bytes=0-2999999\r\n\r\n".encode()
                    )
                    head = await reader.readuntil(b"\r\n\r\n")
                    data = await reader.readexactly(3_000_000) if b" 206 " in head else b""
                    writer.transport.abort()
                if data != film.bytes_at(0, 3_000_000):
                    self._faults.append(f"{film.path} does not play after all: {head!r}")
            except (OSError, EOFError, TimeoutError) as error:
                self._faults.append(
                    f"{film.path} does not play after {clock() - begun:.0f} s: {error!r}"
                )

    def _judge(self, diary: Diary, complaints: str) -> None:
        self._faults += [
            f"at {one.begun:.1f} to {one.failed:.1f} s: {one.what}"
            for one in diary.failures
            if not one.excused
        ]
        if diary.longest_wait > _LONGEST_WAIT:
            self._faults.append(f"a reader waited for {diary.longest_wait:.0f} s")
        if (grown := growth(self._memory)) > most_growth(self._seconds):
            self._faults.append(f"memory grew by {grown:.0f} MiB")
        if "Traceback" in complaints:
            self._faults.append(f"the program complains: {complaints[-3000:]}")

    def _line(self, look: Look, diary: Diary, rate: float) -> str:
        cells = (
            f"{look.at:.0f}",
            f"{rate / 1e6:.0f}",
            f"{diary.reads}",
            f"{diary.imports}",
            f"{diary.excused}",
            f"{diary.faults}",
            f"{self._memory[-1] if self._memory else 0:.0f}",
            f"{look.tasks}",
            f"{look.sockets}",
            f"{look.places}",
            f"{look.fetches}",
            f"{look.connections}",
        )
        return (
            "".join(cell.rjust(9) for cell in cells)
            + "  "
            + ("line cut" if self._cut else ", ".join(self._sky))
        )

    def _write(self, began: datetime, diary: Diary, peaks: dict[str, int], complaints: str) -> Path:
        self._results.mkdir(parents=True, exist_ok=True)
        path = self._results / f"soak-{began:%Y%m%dT%H%M%SZ}.json"
        document = {
            "began": began.isoformat(),
            "seconds": self._seconds,
            "seed": self._seed,
            "players": self._players,
            **report.surroundings(),
            "held": not self._faults,
            "faults": self._faults,
            "read_bytes": diary.read_bytes,
            "reads": diary.reads,
            "imports": diary.imports,
            "excused": diary.excused,
            "longest_wait": diary.longest_wait,
            "failures": [dataclasses.asdict(one) for one in diary.failures],
            "connections_peak": peaks,
            "memory_mib": self._memory,
            "memory_growth_mib": growth(self._memory),
            "looks": [dataclasses.asdict(look) for look in self._looks],
            "changes": [dataclasses.asdict(change) for change in diary.weather.changes],
            "said": complaints[-100_000:],
        }
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
        return path


_TITLES = (
    *("s", "MB/s", "reads", "imports", "excused", "faults"),
    *("MiB", "tasks", "sockets", "places", "fetches", "connected"),
)
_HEAD = "".join(title.rjust(9) for title in _TITLES) + "  weather"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
