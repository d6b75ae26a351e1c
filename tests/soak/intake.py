"""Imports, one after the other: an NZB is handed in, and its file read to the end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import aiohttp

from altmount.newsserver.nzb import nzb_lines
from altmount.newsserver.posting import Envelope
from altmount.newsserver.synthetic import SyntheticPosting
from tests.bench.target import ARTICLE_BYTES, LOGIN, Target
from tests.soak.diary import Diary

_LOOK = 0.1
_LOGIN = dict([LOGIN.split(": ")])
_PATIENCE = aiohttp.ClientTimeout(total=120)
_MOST_TRIES = 20


class Intake:
    """Somebody who hands NZBs in until cancelled."""

    def __init__(
        self, port: int, diary: Diary, clock: Callable[[], float], chance: random.Random
    ) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._diary = diary
        self._clock = clock
        self._chance = chance
        self._seed = 1

    async def film(self, title: str, size: int) -> Target:
        """Bring one film into the library; it is not read."""
        async with aiohttp.ClientSession(self._base, timeout=_PATIENCE) as session:
            target, job = await self._hand_in(session, title, [size])
        assert job["status"] == "completed", job
        return target

    async def bring(self) -> None:
        """Bring posts of one or a few files, again and again."""
        self._seed = 1000  # those before are the films'
        async with aiohttp.ClientSession(self._base, timeout=_PATIENCE) as session:
            while True:
                sizes = [
                    self._chance.randint(1, 8 * ARTICLE_BYTES)
                    for _ in range(self._chance.choice([1, 1, 3]))
                ]
                begun = self._clock()
                title = f"import-{self._seed}"
                try:
                    target, job = await self._hand_in(session, title, sizes)
                    if job["status"] != "completed":
                        self._diary.failed(f"{title}: {job}", begun, self._clock())
                    elif await self._read(session, target):
                        self._diary.imports += 1
                except (aiohttp.ClientError, TimeoutError) as error:
                    self._diary.failed(f"{title}: {error!r}", begun, self._clock())
                await asyncio.sleep(self._chance.uniform(0.1, 1.0))

    async def _hand_in(
        self, session: aiohttp.ClientSession, title: str, sizes: list[int]
    ) -> tuple[Target, dict]:
        """The last file of a post, and what became of the job."""
        envelope = Envelope(ARTICLE_BYTES)
        seed, self._seed = self._seed, self._seed + len(sizes)
        postings = [
            SyntheticPosting(seed + index, size, envelope) for index, size in enumerate(sizes)
        ]
        form = aiohttp.FormData()
        nzb = "".join(nzb_lines(postings, {})).encode()
        form.add_field("file", nzb, filename=f"{title}.nzb", content_type="application/x-nzb")
        async with session.post("/api/queue/upload", data=form) as answer:
            job = (await answer.json())["data"]
        while job["status"] in {"pending", "processing"}:
            await asyncio.sleep(_LOOK)
            async with session.get(f"/api/queue/{job['id']}") as answer:
                job = (await answer.json())["data"]
        last = seed + len(sizes) - 1
        name = title if len(sizes) == 1 else f"synthetic-{last}"
        return Target(f"/files/complete/{title}/{name}.mkv", last, sizes[-1]), job

    async def _read(self, session: aiohttp.ClientSession, target: Target) -> bool:
        """Read a file; what fails for want of a sound server is read again a little later."""
        for _ in range(_MOST_TRIES):
            begun = self._clock()
            try:
                async with session.get(target.path, headers=_LOGIN) as answer:
                    data = await answer.read()
                    status = answer.status
            except aiohttp.ClientPayloadError as error:
                status, data = 0, str(error).encode()
            if status == 200:
                self._diary.read_bytes += len(data)
                if data == target.bytes_at(0, target.size):
                    return True
                self._diary.wrong(f"{target.path}: wrong bytes", begun, self._clock())
                return False
            what = f"{target.path}: {status} {data[:300].decode(errors='replace')}"
            self._diary.failed(what, begun, self._clock())
            await asyncio.sleep(self._chance.uniform(0.2, 1.0))
        return False
