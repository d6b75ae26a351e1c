"""Players: they play, pause, scrub and leave, and look at every byte."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Self

from tests.bench.target import ARTICLE_BYTES, LOGIN, Target
from tests.soak.diary import Diary

PATIENCE = 45.0
"""Seconds without a byte after which a player gives up, which is a failure."""

_PIECE = 128 * 1024
_TICK = 0.05
_HEAD_BYTES = 1 << 14


class _BrokenError(Exception):
    """The answer is not what was asked for, or did not come to its end."""


class Player:
    """Somebody who watches films until cancelled, whatever happens."""

    def __init__(
        self,
        port: int,
        films: Sequence[Target],
        diary: Diary,
        clock: Callable[[], float],
        chance: random.Random,
    ) -> None:
        self._port = port
        self._films = films
        self._diary = diary
        self._clock = clock
        self._chance = chance

    async def watch(self) -> None:
        habits = (self._play, self._play, self._scrub, self._peek, self._leave)
        while True:
            film = self._chance.choice(self._films)
            offset = self._offset(film)
            begun = self._clock()
            try:
                await self._chance.choice(habits)(film, offset)
            except (_BrokenError, OSError, EOFError, TimeoutError) as error:
                what = f"{film.path} from {offset}: {error or type(error).__name__}"
                self._diary.failed(what, begun, self._clock())
                await asyncio.sleep(self._chance.uniform(0.1, 0.5))

    # Habits.

    async def _play(self, film: Target, offset: int) -> None:
        """Take a few megabytes a second for a while, and pause now and then."""
        rate = self._chance.choice([1, 2, 4]) * 1_000_000
        until = self._clock() + self._chance.expovariate(1 / 6)
        async with _Reading(self, film, offset) as reading:
            due = 0.0
            while self._clock() < until and not reading.ended:
                due += rate * _TICK
                while due >= _PIECE and not reading.ended:
                    due -= _PIECE
                    await reading.more()
                await asyncio.sleep(_TICK)
                if self._chance.random() < 0.01:
                    await asyncio.sleep(self._chance.uniform(0.5, 4))

    async def _scrub(self, film: Target, offset: int) -> None:
        """Look in here and there, further and further on."""
        for _ in range(self._chance.randint(3, 12)):
            async with _Reading(self, film, offset) as reading:
                for _ in range(self._chance.choice([1, 1, 2, 4])):
                    if not reading.ended:
                        await reading.more()
            offset = (offset + self._chance.randrange(30 * ARTICLE_BYTES)) % film.size

    async def _peek(self, film: Target, offset: int) -> None:
        """Read a short range to its end, as probes of heads and indexes do."""
        length = min(self._chance.choice([1, 4096, 65_536, 3_000_000]), film.size - offset)
        async with _Reading(self, film, offset, offset + length) as reading:
            while not reading.ended:
                await reading.more()

    async def _leave(self, film: Target, offset: int) -> None:
        """Ask, and be gone before anything has come, or just as it comes."""
        async with _Reading(self, film, offset):
            await asyncio.sleep(self._chance.choice([0, 0, 0.005, 0.05, 0.5]))

    def _offset(self, film: Target) -> int:
        """Somewhere; often near others, and sometimes at the start or the end."""
        kind = self._chance.random()
        if kind < 0.15:
            return 0
        if kind < 0.25:
            return max(0, film.size - self._chance.randint(1, 2 * ARTICLE_BYTES))
        return min(film.size - 1, int(self._chance.betavariate(1, 3) * film.size))


class _Reading:
    """One answer; leaving its block hangs up at once, whatever is on the way."""

    def __init__(self, player: Player, film: Target, start: int, stop: int | None = None) -> None:
        self._player = player
        self._film = film
        self._position = start
        self._stop = film.size if stop is None else stop
        self._last = "" if stop is None else str(stop - 1)
        self._begun = False

    @property
    def ended(self) -> bool:
        return self._position == self._stop

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._player._port)
        self._player._diary.reads += 1
        self._writer.write(
            f"GET {self._film.path} HTTP/1.1\r\nHost: soak\r\n{LOGIN}\r\n"
            f"Range: bytes={self._position}-{self._last}\r\n\r\n".encode("ascii")
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.transport.abort()

    async def more(self) -> None:
        """Take what comes next, and compare it with what the post holds."""
        diary, clock = self._player._diary, self._player._clock
        began = clock()
        async with asyncio.timeout(PATIENCE):
            if not self._begun:
                await self._head()
            data = await self._reader.read(min(_PIECE, self._stop - self._position))
        if not data:
            raise _BrokenError(f"cut off at {self._position}")
        diary.waited(began, clock())
        if data != self._film.bytes_at(self._position, len(data)):
            diary.wrong(f"{self._film.path}: wrong bytes at {self._position}", began, clock())
        diary.read_bytes += len(data)
        self._position += len(data)

    async def _head(self) -> None:
        head = await self._reader.readuntil(b"\r\n\r\n")
        self._begun = True
        if head.split(None, 2)[1] != b"206":
            said = await self._reader.read(_HEAD_BYTES)
            raise _BrokenError(f"{head.splitlines()[0].decode()}: {said[:300].decode()}")
