"""A file of the library, read as a player reads it: over WebDAV and over HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from time import perf_counter
from urllib.parse import unquote

from altmount.doctor.client import Client, Login, NoAnswerError, Reply, asking
from altmount.doctor.finding import Fact, Finding, Grade, Say
from altmount.doctor.listing import ASKED, Listed, listed_in
from altmount.errors import PermanentError

CHECK = "canary"
SECONDS = 90.0

_SHARE = "/webdav/"
_FILES = "/files/"
_PART = 64 * 1024
"""Bytes that are read at the beginning, in the middle, and at the end."""

_LISTINGS = 40
"""So many folders are listed to find a file."""

_TRIED = 3
"""So many files are tried until one can be read."""

_FILM = 1 << 20
"""What is smaller is no film, and is tried only where there is none."""


class UnreadableError(PermanentError):
    """The file cannot be read."""


@dataclass(frozen=True, slots=True)
class Canary:
    """Finds a file and reads some of it through both doors.

    Args:
        port: Of the server.
        login: That it is asked with.
        where: What the library is called in findings.
        known: What is in the file, if that is known; then each byte is compared with it.
    """

    port: int
    login: Login
    where: str = "the library"
    known: bytes | None = None

    async def look(self, say: Say) -> None:
        """Say whether it can be read, and is the same through both."""
        read, failures = None, []
        async with asking(self.port, self.login) as client, aclosing(_files(client)) as files:
            async for file in files:
                try:
                    read = await self._read(client, file)
                except UnreadableError as error:
                    failures.append((_path_of(file), str(error)))
                if read is not None or len(failures) == _TRIED:
                    break
        if read is not None:
            say(read)
        elif not failures:
            text = f"WebDAV lists {self.where}, which has no file yet that could be read"
            say(Finding(CHECK, "", Grade.NOTE, text))
        grade, fix = Grade.ERROR, "See what was found of the accounts and sidecars; then the log."
        if read is not None:
            grade, fix = Grade.WARNING, "Another can be read, so it is this one: hand it in again."
        for path, text in failures:
            say(Finding(CHECK, path, grade, text, fix))

    async def _read(self, client: Client, file: Listed) -> Finding:
        """Read parts of a file through both doors.

        Raises:
            UnreadableError: That does not work.
        """
        size = file.size or 0
        began = perf_counter()
        await _part(client, _address(file), 0, min(size, 1))
        first = perf_counter() - began
        for start, stop in _parts(size):
            by_http = await _part(client, _address(file), start, stop)
            by_share = await _part(client, file.href, start, stop)
            if by_http != by_share:
                raise UnreadableError(
                    f"bytes {start} to {stop} are others over WebDAV than over HTTP"
                )
            if self.known is not None and by_http != self.known[start:stop]:
                raise UnreadableError(f"bytes {start} to {stop} are not those that were posted")
        text = f"{size:,} bytes read alike over HTTP and WebDAV, wherever it is opened"
        facts: dict[str, Fact] = {"size_bytes": size, "first_byte_ms": round(first * 1000, 1)}
        return Finding(CHECK, _path_of(file), Grade.OK, text, "", facts)


async def _files(client: Client) -> AsyncGenerator[Listed, None]:
    """Files of the library, some of them, those that may be films first.

    Raises:
        UnreadableError: A folder cannot be listed.
    """
    folders, small = [_SHARE], []
    for _ in range(_LISTINGS):
        if not folders:
            break
        folder = folders.pop()
        headers = {"Depth": "1", "Content-Type": "application/xml"}
        reply = await client.ask("PROPFIND", folder, headers=headers, data=ASKED)
        if reply.status != HTTPStatus.MULTI_STATUS:
            raise UnreadableError(f"{unquote(folder)} cannot be listed: {_reason(reply)}")
        listed = listed_in(folder, reply.body)
        folders += [f"{one.href.rstrip('/')}/" for one in listed if one.size is None]
        files = sorted((one for one in listed if one.size), key=lambda one: -(one.size or 0))
        for file in files[:1]:
            if (file.size or 0) >= _FILM:
                yield file
            else:
                small.append(file)
    for file in small:
        yield file


async def _part(client: Client, path: str, start: int, stop: int) -> bytes:
    headers = {"Range": f"bytes={start}-{stop - 1}"}
    try:
        reply = await client.ask("GET", path, headers=headers)
    except NoAnswerError as error:
        raise UnreadableError(f"{unquote(path)} cannot be read: {error}") from None
    if reply.status != HTTPStatus.PARTIAL_CONTENT:
        raise UnreadableError(f"{unquote(path)} cannot be read: {_reason(reply)}")
    if len(reply.body) != stop - start:
        raise UnreadableError(f"{unquote(path)} is cut off at byte {start + len(reply.body)}")
    return reply.body


def _parts(size: int) -> Iterator[tuple[int, int]]:
    """What is read of a file: its beginning, middle and end, without what is read already."""
    stop = 0
    for wish in (0, size // 2, size - _PART):
        start = max(wish, stop)
        stop = min(start + _PART, size)
        if start < stop:
            yield start, stop


def _address(file: Listed) -> str:
    """Where it is over HTTP."""
    return _FILES + file.href.removeprefix(_SHARE)


def _path_of(file: Listed) -> str:
    return f"/{unquote(file.href.removeprefix(_SHARE))}"


def _reason(reply: Reply) -> str:
    kind = reply.headers.get("Content-Type", "")
    said = reply.body[:300].decode("utf-8", "replace").strip() if "plain" in kind else ""
    return f"the server answers {reply.status}{f' ({said})' if said else ''}"
