"""WebDAV clients; each function runs in a process of its own."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Sequence
from time import perf_counter

from tests.bench.figures import BenchError
from tests.bench.target import LOGIN

_HEADERS = dict([LOGIN.split(": ")])
# What rclone asks for.
_WANTED = (
    b'<?xml version="1.0"?><d:propfind xmlns:d="DAV:"><d:prop><d:displayname/><d:getlastmodified/>'
    b"<d:getcontentlength/><d:resourcetype/><d:getcontenttype/><d:getetag/></d:prop></d:propfind>"
)
_RESPONSE = re.compile(rb"<D:response><D:href>([^<]*)</D:href>")


def copy(port: int, pairs: Sequence[tuple[str, str]]) -> None:
    """Copy folders, or make them where there is no source."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for source, target in pairs:
        headers = dict(_HEADERS)
        if source:
            headers["Destination"] = target
        connection.request("COPY" if source else "MKCOL", source or target, headers=headers)
        _read(connection, 201)


def propfind(port: int, path: str, entries: int, times: int, apart: float) -> list[float]:
    """List a folder again and again, a new list beginning every ``apart`` seconds; the seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    seconds = []
    for _ in range(times):
        began = perf_counter()
        found = _list(connection, path)
        seconds.append(perf_counter() - began)
        if len(found) != entries + 1:
            raise BenchError(f"{path} has {len(found) - 1} entries, not {entries}")
        time.sleep(max(0.0, began + apart - perf_counter()))
    return seconds


def walk(port: int, path: str) -> tuple[float, int, int]:
    """List a folder and all below it, one after the other; seconds, and how many of each."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    began = perf_counter()
    folders, files, ahead = 0, 0, [path]
    while ahead:
        folders += 1
        _, *inside = _list(connection, ahead.pop())
        for href in inside:
            if href.endswith("/"):
                ahead.append(href)
            else:
                files += 1
    return perf_counter() - began, folders, files


def _list(connection: http.client.HTTPConnection, path: str) -> list[str]:
    connection.request("PROPFIND", path, _WANTED, {"Depth": "1", **_HEADERS})
    return [href.decode() for href in _RESPONSE.findall(_read(connection, 207))]


def _read(connection: http.client.HTTPConnection, status: int) -> bytes:
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != status:
        raise BenchError(f"{answer.status} {body[:300]!r}")
    return body
