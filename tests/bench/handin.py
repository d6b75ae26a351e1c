"""Handing an NZB in, and playing it as soon as that can be done; in a process of its own."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from tests.bench.download import connected
from tests.bench.figures import BenchError
from tests.bench.target import CHECKED_BYTES, LOGIN, Target

_PLACES = 20
"""How many NZBs are uploaded at a time, where there are many."""

_BOUNDARY = "a-boundary-that-no-nzb-holds"
_LOOK_SECONDS = 0.003
_LOOK_ALL_SECONDS = 0.1
_LONGEST_SECONDS = 60.0
_LARGEST_REPLY = 1 << 20


@dataclass(frozen=True, slots=True)
class Playable:
    """When an NZB was given, and when its file played; by the clock that all processes share."""

    given: float
    taken: float
    """When the program said that it has it."""

    playable: float

    @property
    def seconds(self) -> float:
        return self.playable - self.given


def hand_in(
    port: int, nzb: Path, title: str, target: Target, look: float = _LOOK_SECONDS
) -> Playable:
    """Upload an NZB, then ask for a file of it every ``look`` seconds until its first bytes come.

    Raises:
        BenchError: It was refused, takes too long, or plays wrong bytes.
    """
    content = nzb.read_bytes()
    upload = _upload(title, content)
    with connected(port) as connection:
        given = time.monotonic()
        connection.sendall(upload)
        status, body = _reply(connection)
        taken = time.monotonic()
        if status != 201:
            raise BenchError(f"{title} was not taken: {status} {body[:300]!r}")
        ask = (
            f"GET {target.path} HTTP/1.1\r\nHost: bench\r\n{LOGIN}\r\n"
            f"Range: bytes=0-{CHECKED_BYTES - 1}\r\n\r\n".encode("ascii")
        )
        while True:
            connection.sendall(ask)
            status, body = _reply(connection)
            if status == 206:
                break
            if status != 404 or time.monotonic() - given > _LONGEST_SECONDS:
                raise BenchError(f"{target.path} does not play: {status} {body[:300]!r}")
            time.sleep(look)
        playable = time.monotonic()
    if body != target.bytes_at(0):
        raise BenchError(f"{target.path}: wrong bytes")
    return Playable(given, taken, playable)


@dataclass(frozen=True, slots=True)
class Burst:
    """How many NZBs at once were taken and done."""

    took: list[float]
    """Until the program said of one that it has it."""

    seconds: float
    """From the first given until all had ended."""


def hand_in_all(port: int, nzbs: Mapping[str, Path]) -> Burst:
    """Upload NZBs by their titles, many at a time, then wait until their imports have ended.

    Raises:
        BenchError: One was refused or not imported, or it takes too long.
    """
    began = time.monotonic()
    with ThreadPoolExecutor(_PLACES) as threads:
        took = list(threads.map(lambda item: _hand_over(port, *item), nzbs.items()))
    with connected(port) as connection:
        while (ended := _ended(connection))["completed"] < len(nzbs):
            if ended["failed"] or time.monotonic() - began > _LONGEST_SECONDS:
                raise BenchError(f"not all are imported: {ended}")
            time.sleep(_LOOK_ALL_SECONDS)
    return Burst(took, time.monotonic() - began)


def _hand_over(port: int, title: str, nzb: Path) -> float:
    upload = _upload(title, nzb.read_bytes())
    with connected(port) as connection:
        given = time.monotonic()
        connection.sendall(upload)
        status, body = _reply(connection)
        if status != HTTPStatus.CREATED:
            raise BenchError(f"{title} was not taken: {status} {body[:300]!r}")
        return time.monotonic() - given


def _ended(connection: socket.socket) -> dict[str, int]:
    """How many jobs have ended, and how."""
    connection.sendall(f"GET /api/queue/stats HTTP/1.1\r\nHost: bench\r\n{LOGIN}\r\n\r\n".encode())
    status, body = _reply(connection)
    if status != HTTPStatus.OK:
        raise BenchError(f"the queue cannot be asked: {status} {body[:300]!r}")
    told = json.loads(body)["data"]
    return {which: told[f"total_{which}"] for which in ("completed", "failed")}


def _upload(title: str, content: bytes) -> bytes:
    form = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{title}.nzb"\r\n'
        "Content-Type: application/x-nzb\r\n\r\n"
    ).encode("ascii")
    form += content + f"\r\n--{_BOUNDARY}--\r\n".encode("ascii")
    head = (
        "POST /api/queue/upload HTTP/1.1\r\nHost: bench\r\n"
        f"Content-Type: multipart/form-data; boundary={_BOUNDARY}\r\n"
        f"Content-Length: {len(form)}\r\n\r\n"
    )
    return head.encode("ascii") + form


def _reply(connection) -> tuple[int, bytes]:
    """Status and body of an answer with a Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    length = int(fields[b"content-length"])
    if length > _LARGEST_REPLY:
        raise BenchError(f"a reply of {length} bytes")
    while len(body) < length:
        body += _some(connection)
    return int(head.split(None, 2)[1]), body


def _some(connection) -> bytes:
    data = connection.recv(1 << 16)
    if not data:
        raise BenchError("the program hung up")
    return data
