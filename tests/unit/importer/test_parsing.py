from __future__ import annotations

import asyncio
import gzip
import os
import signal
from pathlib import Path

import pytest

from altmount.importer import parsing as module
from altmount.importer.parsing import NzbParser
from altmount.importer.refusals import Reason, Refusal
from tests.support.posts import Pattern, Posts


@pytest.fixture
def posts():
    made = Posts()
    for number in range(40):
        made.post(f"Show.S01E{number:02}.mkv", Pattern(900), 300)
    made.metas["title"] = "Show"
    return made


@pytest.fixture
def kept(posts, tmp_path):
    path = tmp_path / "kept.nzb.gz"
    path.write_bytes(gzip.compress(posts.xml))
    return path


@pytest.fixture
def stuck(tmp_path):
    """An NZB that is never read to its end."""
    path = tmp_path / "stuck"
    os.mkfifo(path)
    return path


async def pid(parser):
    return (await parser._process).pid


def proc(process, file):
    return Path(f"/proc/{process}/{file}").read_text()


def runs(process):
    try:
        return proc(process, "stat").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_an_nzb_is_parsed_in_another_process_that_stays(posts, kept):
    async with NzbParser() as parser:
        nzb = await parser.parse(kept)
        first = await pid(parser)
        again = await parser.parse(kept)

        assert nzb == again
        assert [file.name for file in nzb.files] == [file.name for file in posts.files]
        assert nzb.files[7].segments == posts.files[7].segments
        assert nzb.metas["title"] == "Show"
        assert first == await pid(parser) != os.getpid()
    assert not runs(first)


async def test_many_at_once_are_parsed_one_after_the_other(kept):
    async with NzbParser() as parser, asyncio.TaskGroup() as group:
        parses = [group.create_task(parser.parse(kept)) for _ in range(5)]
    assert {len(parse.result().files) for parse in parses} == {40}


async def test_what_is_no_nzb_is_refused_and_the_next_is_parsed(kept, tmp_path):
    page = tmp_path / "page.nzb"
    page.write_bytes(b"<html>too many requests</html>")
    async with NzbParser() as parser:
        with pytest.raises(Refusal) as refused:
            await parser.parse(page)
        first = await pid(parser)
        assert refused.value.code is Reason.NOT_AN_NZB
        assert len((await parser.parse(kept)).files) == 40
        assert await pid(parser) == first


async def test_one_that_takes_too_long_is_refused_and_its_process_replaced(kept, stuck):
    async with NzbParser(seconds=0.05) as parser:
        first = await pid(parser)
        with pytest.raises(Refusal) as refused:
            await parser.parse(stuck)
        assert refused.value.code is Reason.TOO_EXPENSIVE
        parser._seconds = 60
        assert len((await parser.parse(kept)).files) == 40
        assert not runs(first)


async def test_one_whose_process_dies_is_refused_and_the_process_replaced(kept, stuck):
    async with NzbParser() as parser:
        first = await pid(parser)
        parsing = asyncio.create_task(parser.parse(stuck))
        for _ in range(20):
            await asyncio.sleep(0)
        os.kill(first, signal.SIGKILL)
        with pytest.raises(Refusal) as refused:
            await parsing
        assert refused.value.code is Reason.TOO_EXPENSIVE
        assert len((await parser.parse(kept)).files) == 40


async def test_a_process_that_died_while_idle_costs_no_nzb(kept):
    async with NzbParser() as parser:
        await parser.parse(kept)
        process = await parser._process
        process.kill()
        await process.wait()
        assert len((await parser.parse(kept)).files) == 40


async def test_giving_up_ends_the_process_and_the_next_one_parses(kept, stuck):
    async with NzbParser() as parser:
        first = await pid(parser)
        parsing = asyncio.create_task(parser.parse(stuck))
        for _ in range(20):
            await asyncio.sleep(0)
        parsing.cancel()
        await asyncio.wait([parsing])
        assert parsing.cancelled()
        assert len((await parser.parse(kept)).files) == 40
        assert not runs(first)


async def test_leaving_at_once_leaves_no_process():
    async with NzbParser() as parser:
        process = parser._process
    assert not runs(process.result().pid)


async def test_a_process_that_cannot_be_started_is_an_error_and_is_tried_again(kept, monkeypatch):
    start = asyncio.create_subprocess_exec

    async def fail(*_, **__):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(module.asyncio, "create_subprocess_exec", fail)
    async with NzbParser() as parser:
        with pytest.raises(OSError, match="allocate"):
            await parser.parse(kept)
        monkeypatch.setattr(module.asyncio, "create_subprocess_exec", start)
        assert len((await parser.parse(kept)).files) == 40


async def test_the_parser_is_given_no_passwords_of_the_program(monkeypatch, kept):
    monkeypatch.setenv("ALTMOUNT_PROVIDER_PASSWORD", "secret")
    async with NzbParser() as parser:
        await parser.parse(kept)
        environment = proc(await pid(parser), "environ")
    assert "secret" not in environment


async def test_the_parser_is_bounded_and_polite(kept):
    async with NzbParser() as parser:
        await parser.parse(kept)
        process = await pid(parser)
        limits = proc(process, "limits")
        nice = int(proc(process, "stat").rpartition(")")[2].split()[16])
    bounds = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()}
    assert bounds["Max address space"] == str(2 * 1024**3)
    assert 60 <= int(bounds["Max cpu time"]) <= 90
    assert nice >= 5
