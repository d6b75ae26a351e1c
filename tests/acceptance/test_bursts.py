"""A whole series at once."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from altmount.newsserver.server import NewsServer
from altmount.newsserver.synthetic import payload
from tests.support.client import fetch, target_of
from tests.support.program import KEY, serving, synthetic

ARTICLE = 20_000
SIZE = 3 * ARTICLE + 321
NZBS = 200


@pytest.mark.asyncio(loop_factories=["uvloop"])  # as the program runs; it takes a few seconds
async def test_two_hundred_nzbs_at_once_all_end_right_and_none_twice(tmp_path):
    async with NewsServer() as news, serving(tmp_path, news) as program:
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=NZBS)) as session,
            asyncio.TaskGroup() as group,
        ):
            for number in range(1, NZBS + 1):
                group.create_task(_hand_in(session, program.port, number))
        async with asyncio.timeout(60):
            while (await _told(program.port, "stats"))["total_completed"] < NZBS:
                await asyncio.sleep(0.05)
        jobs = (await _told(program.port, "?limit=1000")) or []
        assert {job["status"] for job in jobs} == {"completed"}
        places = sorted(job["storage_path"] for job in jobs)
        assert places == sorted(f"/complete/Film {number}" for number in range(1, NZBS + 1))
        for number in range(1, NZBS + 1):
            reply = await fetch(
                program.port, target_of(f"/complete/Film {number}/Film {number}.mkv")
            )
            assert reply.body == payload(number, 0, SIZE, article_size=ARTICLE)


async def _hand_in(session, port, number):
    form = aiohttp.FormData(quote_fields=False)
    nzb = synthetic(SIZE, seed=number, article_size=ARTICLE)
    form.add_field("file", nzb, filename=f"Film {number}.nzb")
    url = f"http://127.0.0.1:{port}/api/queue/upload"
    async with session.post(url, data=form, headers={"X-Api-Key": KEY}) as reply:
        assert reply.status == 201


async def _told(port, what):
    path = f"/api/queue{what if what.startswith('?') else f'/{what}'}"
    reply = await fetch(port, path, headers=[f"X-Api-Key: {KEY}"], login=False)
    return json.loads(reply.body)["data"]
