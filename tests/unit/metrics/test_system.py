from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.library.nodes import Usage
from altmount.library.status import FileStatus
from altmount.metrics.system import duration, providers_as_json, stats_as_json
from altmount.newsserver.server import NewsServer
from tests.support.client import fetch
from tests.support.program import serving, synthetic
from tests.support.samples import account, sample


async def told(program, path):
    reply = await fetch(program.port, path)
    assert reply.status == 200
    return json.loads(reply.body)["data"]


async def test_the_numbers_are_those_of_the_running_program(tmp_path):
    async with NewsServer() as news, serving(tmp_path, news) as program:
        await program.bring(synthetic(300_000, article_size=50_000))
        stats = await told(program, "/api/system/stats")
        health = await told(program, "/api/system/health")
    assert stats["queue"]["total_completed"] == 1
    assert stats["queue"]["total_failed"] == 0
    assert stats["health"] == {
        "total": 1,
        "healthy": 1,
        "unspecified": 0,
        "degraded": 0,
        "corrupted": 0,
    }
    assert stats["library"] == {"files": 1, "bytes": 300_000}
    assert stats["system"]["uptime"].endswith("s")
    assert health["status"] == "healthy"
    assert health["components"]["database"]["status"] == "healthy"


def test_each_number_has_its_own_name():
    taken = sample([])
    jobs = {"queued": 1, "paused": 2, "running": 3, "completed": 4, "failed": 5}
    taken = replace(taken, jobs=jobs)
    statuses = {
        FileStatus.HEALTHY: 1,
        FileStatus.UNVERIFIED: 2,
        FileStatus.DEGRADED: 3,
        FileStatus.DAMAGED: 4,
    }
    now = taken.started + timedelta(hours=26, minutes=3, seconds=5)
    told = stats_as_json(taken, Usage(11, 99, 0, 0), statuses, now)
    assert list(told["queue"].values()) == [1, 2, 3, 4, 5]
    assert list(told["health"].values()) == [10, 1, 2, 3, 4]
    assert told["library"] == {"files": 11, "bytes": 99}
    assert told["system"]["uptime"] == "26h3m5s"
    assert told["system"]["uptime_seconds"] == 93785
    early = stats_as_json(taken, Usage(0, 0, 0, 0), {}, taken.started - timedelta(days=1))
    assert early["system"]["uptime"] == "0s"


@pytest.mark.parametrize(
    ("troubles", "status", "words"),
    [
        ([], "degraded", "no provider"),
        (["", ""], "healthy", ""),
        (["", "quota used up"], "degraded", "1 of 2 cannot be used as they should: quota used up"),
    ],
)
def test_accounts_in_trouble_are_told(troubles, status, words):
    states = [replace(account().state, trouble=trouble) for trouble in troubles]
    said = providers_as_json(states)
    assert said["status"] == status
    assert words in said["message"]


@given(st.integers(0, 10**7))
def test_a_time_in_words_is_that_time(seconds):
    text = duration(timedelta(seconds=seconds))
    units = {"h": 3600, "m": 60, "s": 1}
    total, number = 0, ""
    for char in text:
        if char.isdigit():
            number += char
        else:
            total, number = total + int(number) * units[char], ""
    assert total == seconds
