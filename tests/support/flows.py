"""A simulated line: accounts with connections of their own, and what all of them share."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

from altmount.nntp.line import Line

ARTICLE = 700_000


@dataclass(eq=False)
class Account:
    """Asks for articles as fast as its limit allows, over so many connections."""

    round_trip: float = 0.02
    connections: int = 20
    connection_rate: float = math.inf
    rate: float = math.inf
    wants: int = 10**9
    article: int = ARTICLE
    received: int = 0
    climb: object = None
    answered: int = 0
    flights: list = field(default_factory=list)


@dataclass(eq=False)
class Flight:
    sent_at: float
    begins_at: float
    left: float
    size: int
    queued: bool = False


class SimulatedLine:
    """Shares bandwidth evenly between the articles in flight, within all limits.

    What is over an account's number of connections waits, as pipelined commands do.
    """

    def __init__(self, *accounts, rate=math.inf, first=4 * ARTICLE):
        self.rate = rate
        self.accounts = accounts
        self.now = 0.0
        self._random = random.Random(1)
        self.line = Line(first)
        for account in accounts:
            account.climb = self.line.join(account, self.now)

    def run(self, seconds, each=lambda: None):
        """Let time pass; bytes per second that came."""
        end, before = self.now + seconds, self.line.received
        began = self.now
        while self.now < end:
            self._ask()
            if not self._step(end):
                break
            each()
        self.now = max(self.now, end)
        return (self.line.received - before) / (end - began)

    def _ask(self):
        for account in self.accounts:
            while account.wants and account.climb.admits(account.article):
                if len(account.flights) >= account.connections * 10:
                    break
                account.climb.sent(account.article, self.now)
                account.wants -= 1
                latency = account.round_trip * self._random.uniform(0.9, 1.3)
                flight = Flight(self.now, self.now + latency, account.article, account.article)
                flight.queued = len(account.flights) >= account.connections
                account.flights.append(flight)

    def _step(self, end):
        rates = self._rates()
        times = [end - self.now]
        for account in self.accounts:
            for flight in account.flights:
                if not flight.queued and flight.begins_at > self.now:
                    times.append(flight.begins_at - self.now)
                elif rate := rates.get(flight):
                    times.append(flight.left / rate)
        if not any(account.flights for account in self.accounts):
            return False
        step = max(min(times), 1e-6)
        self.now += step
        for account in self.accounts:
            self._pass(account, rates, step)
        return True

    def _rates(self):
        active = [
            (account, [flight for flight in account.flights if self._flows(flight)])
            for account in self.accounts
        ]
        wished = {}
        for account, flights in active:
            for flight in flights:
                wished[flight] = min(account.connection_rate, account.rate / len(flights))
        # Water-filling: who wants less than an even share leaves the rest to the others.
        rates, left, rest = {}, self.rate, sorted(wished, key=wished.get)
        for index, flight in enumerate(rest):
            rates[flight] = min(wished[flight], left / (len(rest) - index))
            left -= rates[flight]
        return {flight: min(rate, 1e10) for flight, rate in rates.items()}

    def _flows(self, flight):
        return not flight.queued and flight.begins_at <= self.now + 1e-9

    def _pass(self, account, rates, step):
        done = []
        for flight in account.flights:
            if flight in rates:
                moved = min(flight.left, rates[flight] * step)
                flight.left -= moved
                account.received += moved
                if flight.left < 1:
                    done.append(flight)
        for flight in done:
            account.flights.remove(flight)
            account.answered += 1
            account.climb.answered(flight.size, self.now - flight.sent_at, self.now)
            waiting = next((other for other in account.flights if other.queued), None)
            if waiting is not None:
                waiting.queued = False
                waiting.begins_at = max(waiting.begins_at, self.now)
