from __future__ import annotations

import asyncio

from altmount.archives.parser import PAUSE, Derive, Read
from altmount.reader import probe as module
from altmount.reader.probe import probe
from altmount.spans import Span
from tests.support.sources import MemorySource


def parser():
    first = yield Read(1, Span(2, 5))
    paused = yield PAUSE
    beyond = yield Read(0, Span(1, 9))
    key = yield Derive(lambda: b"key")
    return first, paused, beyond, key


async def test_each_request_is_answered_with_as_much_as_there_is():
    volumes = {1: MemorySource(b"abcdefg"), 0: MemorySource(b"xyz")}
    assert await probe(parser(), volumes) == (b"cde", b"", b"yz", b"key")


async def turns_beside(pauses):
    def pausing():
        for _ in range(pauses):
            yield PAUSE

    task = asyncio.ensure_future(probe(pausing(), ()))
    turns = 0
    while not task.done():
        await asyncio.sleep(0)
        turns += 1
    return turns


async def test_others_have_their_turn_wherever_a_parser_pauses(monkeypatch):
    monkeypatch.setattr(module, "SPELL", -1)  # as if every step were long
    assert await turns_beside(50) > 50


async def test_short_steps_are_not_interrupted_each_time(monkeypatch):
    monkeypatch.setattr(module, "SPELL", 3600)
    assert await turns_beside(50) < 5
