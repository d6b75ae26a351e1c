"""A deterministic fake of the articles port."""

from __future__ import annotations

import asyncio
from collections import Counter

from altmount.articles import ArticleMissingError


class FakeArticles:
    """Serves bodies from a dictionary, counts what is asked, and holds it up on request.

    ``gates`` and ``errors`` are by Message-ID; a gate is an event that the call waits for after
    it was counted. ``gate`` is one for all. ``fail_first`` counts down errors before the truth.
    """

    def __init__(self, bodies):
        self.bodies = dict(bodies)
        self.gate = None
        self.gates = {}
        self.errors = {}
        self.fail_first = {}
        self.calls = Counter()
        self.started = []
        self.cancelled = []
        self.urgencies = {}
        self.hurried = []
        self.in_flight = 0
        self.most_in_flight = 0

    async def body(self, message_id, *, urgency, part=None, reader=None):
        self.calls[message_id] += 1
        self.started.append(message_id)
        self.urgencies[message_id] = urgency
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            for gate in (self.gate, self.gates.get(message_id)):
                if gate is not None:
                    await gate.wait()
            await asyncio.sleep(0)
            if self.fail_first.get(message_id, 0) > 0:
                self.fail_first[message_id] -= 1
                raise self.errors[message_id]
            if message_id in self.errors and message_id not in self.fail_first:
                raise self.errors[message_id]
            if message_id not in self.bodies:
                raise ArticleMissingError(message_id)
            return self.bodies[message_id]
        except asyncio.CancelledError:
            self.cancelled.append(message_id)
            raise
        finally:
            self.in_flight -= 1

    async def exists(self, message_id, *, urgency):
        self.calls[message_id] += 1
        return message_id in self.bodies

    def hurry(self, message_id, urgency):
        self.hurried.append((message_id, urgency))
