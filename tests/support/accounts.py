"""Accounts that answer at once, or when they are let, and show what was asked of them."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from altmount.errors import NotFoundError
from altmount.nntp.protocol import Answer
from altmount.nntp.provider import Provider

ARTICLE = 1000
"""How large each article is on the line, in bytes."""


class FakePool:
    """A pool that has every article but those in ``missing``; each takes ``seconds``."""

    def __init__(self, *, seconds=0.1, error=None):
        self.seconds = seconds
        self.error = error
        self.missing = set()
        self.asked = []
        self.urgencies = set()
        self.asking = self.most_asking = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.opened = self.closed = 0
        self.played_bytes = 0
        self.playback_waits = False

    async def __aenter__(self):
        self.opened += 1
        return self

    async def __aexit__(self, *_):
        self.closed += 1
        await asyncio.sleep(0)

    async def ask(self, command, urgency, expected, *, reader=None):
        self.asked.append(command)
        self.urgencies.add(urgency)
        self.asking += 1
        self.most_asking = max(self.most_asking, self.asking)
        try:
            await self.may_answer.wait()
            await asyncio.sleep(self.seconds)
        finally:
            self.asking -= 1
        if self.error is not None:
            raise self.error
        code, size = {"STAT": (223, 20), "BODY": (222, ARTICLE), "DATE": (111, 20)}[command.verb]
        if command.message_id in self.missing:
            code, size = 430, 20
        return Answer(code, f"{code} as it were", SimpleNamespace(bytes_read=size))


class FakeAccounts:
    """Accounts by id: those in ``running`` are in use, the others only in the settings."""

    def __init__(self, *known, **running):
        self.known = set(known) | set(running)
        self.running = running
        self.separated = []
        self.make = FakePool

    def find(self, provider_id):
        if provider_id not in self.known:
            raise NotFoundError(f"there is no provider {provider_id}")
        return Provider(provider_id, "news.example", 119, max_connections=6, depth=5)

    def pool(self, provider_id):
        return self.running.get(provider_id)

    def beside(self, provider, connections=None):
        pool = self.make()
        self.separated.append((pool, provider, connections))
        return pool


class FakeMemory:
    """Room for so many bytes."""

    def __init__(self, room=10**9):
        self.room = room
        self.used = self.most = 0

    def reserve(self, size):
        if self.used + size > self.room:
            return False
        self.used += size
        self.most = max(self.most, self.used)
        return True

    def unreserve(self, size):
        self.used -= size
