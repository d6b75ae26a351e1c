"""HTTP clients as cheap as they can be; each function runs in a process of its own."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from time import perf_counter

from tests.bench.download import Download
from tests.bench.figures import BenchError
from tests.bench.target import LOGIN, Target
from tests.bench.workers import stopped

_MARK_SECONDS = 0.02
_TICK_SECONDS = 0.01
_LONGEST_SECONDS = 45.0
"""What reads until it is told to stop reads no longer than this."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How one or more streams went."""

    received: int
    seconds: float
    by_stream: tuple[int, ...] = ()
    marks: list[tuple[float, int]] = field(default_factory=list)
    """How many bytes had come when; by the clock that all processes share."""

    def rate(self, since: float, until: float) -> float:
        """Bytes per second between two moments."""
        return (self._by(until) - self._by(since)) / (until - since)

    def _by(self, when: float) -> float:
        """How many bytes had come by a moment, as a straight line between two marks says."""
        before = (self.marks[0][0], 0)
        for mark in self.marks:
            if mark[0] >= when:
                span = mark[0] - before[0]
                share = (when - before[0]) / span if span else 1.0
                return before[1] + (mark[1] - before[1]) * share
            before = mark
        return before[1]


def stream(port: int, target: Target, start: int, stop: int) -> Reading:
    """Read a range as fast as it comes."""
    with Download(port, target) as download:
        began = perf_counter()
        download.ask(start, stop)
        download.begin()
        download.until(stop - start)
        seconds = perf_counter() - began
        download.check()
        return Reading(download.received, seconds)


def streams(
    port: int, target: Target, starts: Sequence[int], lead: float, seconds: float, rate: float = 0
) -> Reading:
    """Read from several places at once for a while, of which the first ``lead`` seconds do not
    count; with a ``rate``, at that many bytes per second each. A clock of ``seconds`` 0 runs
    until it is stopped.
    """
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        buffer = bytearray(1 << 20)
        downloads = []
        for start in starts:
            download = stack.enter_context(Download(port, target, buffer=buffer))
            download.ask(start)
            downloads.append(download)
        for download in downloads:
            download.begin()
            selector.register(download, selectors.EVENT_READ, download)
        reading = _read_all(selector, downloads, lead, seconds, rate)
        for download in downloads:
            download.check()
        return reading


def _read_all(
    selector: selectors.BaseSelector,
    downloads: Sequence[Download],
    lead: float,
    seconds: float,
    rate: float,
) -> Reading:
    opened = now = perf_counter()
    ends = opened + (lead + seconds if seconds else _LONGEST_SECONDS)
    counts: list[int] = []
    counted_from = opened
    marks: list[tuple[float, int]] = []
    next_mark = opened
    while now < ends:
        if not counts and now >= opened + lead:
            counted_from, counts = now, [download.received for download in downloads]
        if now >= next_mark:
            marks.append((time.monotonic(), sum(download.received for download in downloads)))
            next_mark = now + _MARK_SECONDS
            if not seconds and stopped():
                break
        if rate:
            _read_paced(downloads, rate, opened)
        else:
            for key, _ in selector.select(1.0):
                key.data.more()
        now = perf_counter()
    by_stream = tuple(
        download.received - count for download, count in zip(downloads, counts, strict=True)
    )
    return Reading(sum(by_stream), perf_counter() - counted_from, by_stream, marks)


def _read_paced(downloads: Sequence[Download], rate: float, opened: float) -> None:
    """Take from each stream what its line would have carried by now, then wait for a tick."""
    time.sleep(_TICK_SECONDS)
    due = int((perf_counter() - opened) * rate)
    for download in downloads:
        while download.received < due:
            download.more(min(due - download.received, 1 << 20))


def seek(port: int, target: Target, offsets: Sequence[int], rest: float) -> list[float]:
    """Open at each offset, take the first bytes, and leave; the seconds until they came."""
    seconds = []
    for offset in offsets:
        with Download(port, target) as download:
            began = perf_counter()
            download.ask(offset)
            download.begin()
            seconds.append(perf_counter() - began)
            download.check()
        time.sleep(rest)
    return seconds


def fetch(
    port: int, target: Target, offsets: Sequence[int], length: int, rest: float
) -> list[float]:
    """Read ranges of ``length`` bytes, one after the other on one connection; the seconds."""
    seconds = []
    with Download(port, target) as download:
        for offset in offsets:
            began = perf_counter()
            download.ask(offset, offset + length)
            download.begin()
            download.until(length)
            seconds.append(perf_counter() - began)
            download.check()
            time.sleep(rest)
    return seconds


def scrub(port: int, target: Target, offsets: Sequence[int], keep: int) -> None:
    """Open at each offset, and leave after so many bytes, with no rest in between."""
    for offset in offsets:
        with Download(port, target) as download:
            download.ask(offset)
            download.begin()
            download.until(keep)
            download.check()


def poll(port: int, paths: Sequence[str], every: float) -> list[float]:
    """Ask for the same, again and again until told to stop; the seconds it took each time."""
    seconds = []
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    headers = dict([LOGIN.split(": ")])
    due = perf_counter()
    ends = due + _LONGEST_SECONDS
    try:
        while perf_counter() < ends and not stopped():
            if perf_counter() < due:
                time.sleep(_TICK_SECONDS)
                continue
            due += every
            began = perf_counter()
            for path in paths:
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status != HTTPStatus.OK:
                    raise BenchError(f"{path} answers {answer.status}")
            seconds.append(perf_counter() - began)
    finally:
        connection.close()
    return seconds


def listen(port: int, path: str) -> int:
    """Listen to server-sent events until told to stop; how many came."""
    ends = perf_counter() + _LONGEST_SECONDS
    heard = 0
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        lines = [f"GET {path} HTTP/1.1", "Host: bench", LOGIN, "", ""]
        connection.sendall("\r\n".join(lines).encode())
        if not connection.recv(1 << 16).startswith(b"HTTP/1.1 200 "):
            raise BenchError(f"{path} does not answer with events")
        connection.settimeout(_TICK_SECONDS)
        while perf_counter() < ends and not stopped():
            try:
                heard += connection.recv(1 << 16).count(b"\ndata: ")
            except TimeoutError:
                continue
    return heard
