"""The journal on the disk: ``<root>/journal``, what users changed, in order.

A file of lines, each ``CRC-32 kind number JSON``, the checksum (8 hex digits) over what follows
it. The first line is the head (``J``); then the tree as it was when the file was begun, as nodes
(``N``, some a line, each after its folder); what was done before that and can be taken back
(``P``); and the deeds since (``E``), appended one by one. Only those can be torn by a crash, and
a torn one was never answered for.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from altmount.db.nodes import NodeRow, Record
from altmount.disk import write_whole
from altmount.library.errors import JournalError, StorageUnavailableError
from altmount.library.records import (
    Deed,
    deed_from_json,
    deed_to_json,
    node_from_list,
    node_to_list,
    record_from_json,
    record_to_json,
)

VERSION = 1

HEAD = "J"
"""The kind of the first line."""

MAX_LINE = 256 * 1024 * 1024
"""Bytes; a copy of the largest tree that may be copied has a tenth."""

_NODES_A_LINE = 100

_ROOM = 1024 * 1024
"""Bytes of deeds that are never too many."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """A line whose checksum is right."""

    kind: str
    number: int
    data: bytes


class Journal:
    """The file, which this process alone writes. Every call waits for the disk: for threads."""

    def __init__(self, root: Path) -> None:
        """Look at what is there, and cut off what a crash has torn.

        A file whose head is damaged is moved aside, and it is as if there were none.

        Raises:
            JournalError: It is of a later version of the program.
            StorageUnavailableError: It cannot be read or written.
        """
        self.path = root / "journal"
        self.id = ""
        """Names this file, as opposed to any that was there before; empty if there is none."""

        self.base = 0
        """The number of the last deed that the nodes at its start know of."""

        self.last = 0
        """The number of the last deed."""

        self.damaged = 0
        """Lines in the middle whose checksum is wrong."""

        self.gone: set[str] = set()
        """Releases that were let go before the file was begun, if their sidecars were there."""

        self._size = 0
        self._start = 0
        with _told(self.path):
            if self.path.exists():
                self._look()

    @property
    def outgrown(self) -> bool:
        """Whether it is much longer than what it says, so that it is to be begun anew."""
        return self._size - self._start > max(_ROOM, 4 * self._start)

    def append(self, deed: Deed) -> None:
        """Write a deed down for good.

        Raises:
            StorageUnavailableError: It could not be written, and is not there.
        """
        line = _line("E", deed.record.number, deed_to_json(deed))
        with _told(self.path):
            file = os.open(self.path, os.O_WRONLY | os.O_CLOEXEC)
            try:
                # Also takes off what an attempt that failed has left, if that could not.
                os.ftruncate(file, self._size)
                os.lseek(file, 0, os.SEEK_END)
                try:
                    _write(file, line)
                    os.fsync(file)
                except BaseException:
                    with suppress(OSError):
                        os.ftruncate(file, self._size)
                    raise
            finally:
                os.close(file)
        self._size += len(line)
        self.last = deed.record.number

    def deeds(self, after: int) -> Iterator[Deed]:
        """The deeds with a number above ``after``, in order.

        Raises:
            JournalError: One makes no sense.
            StorageUnavailableError: They cannot be read.
        """
        for line in self.lines():
            if line.kind == "E" and line.number > after:
                yield self.deed(line)

    def lines(self) -> Iterator[Line]:
        """All lines that are whole.

        Raises:
            StorageUnavailableError: They cannot be read.
        """
        if not self.id:
            return
        with _told(self.path), self.path.open("rb") as file:
            while file.tell() < self._size:
                line = parsed(file.readline(MAX_LINE))
                if line is not None:
                    yield line

    def deed(self, line: Line) -> Deed:
        with self._sense():
            return deed_from_json(line.data)

    def record(self, line: Line) -> Record:
        with self._sense():
            return record_from_json(line.data)

    def nodes(self, line: Line) -> list[NodeRow]:
        with self._sense():
            return [node_from_list(each) for each in json.loads(line.data)]

    def begin(
        self, number: int, nodes: Iterable[NodeRow], past: Sequence[Record], gone: Iterable[str]
    ) -> None:
        """Begin the file anew with the tree as it is, in place of the one there is.

        Args:
            number: Of the last deed that ``nodes`` know of.
            nodes: All of them, each after the folder that it is in.
            past: What can still be taken back.
            gone: Releases that were let go, whose sidecars may still be there.

        Raises:
            StorageUnavailableError: It could not be written; the old one stays.
        """
        journal_id, gone = secrets.token_hex(16), set(gone)
        facts = {"altmount": "journal", "version": VERSION, "id": journal_id, "gone": sorted(gone)}
        temporary = self.path.with_name(f".journal.{journal_id}.tmp")
        size = 0

        def pieces() -> Iterator[bytes]:
            nonlocal size
            for piece in _pieces(number, facts, nodes, past):
                size += len(piece)
                yield piece

        with _told(self.path):
            for left in self.path.parent.glob(".journal.*.tmp"):
                left.unlink()
            write_whole(temporary, self.path, pieces())
        self.id, self.base, self.last, self.gone = journal_id, number, number, gone
        self._size = self._start = size
        self.damaged = 0

    def _look(self) -> None:
        good = bad = 0
        with self.path.open("rb") as file:
            while data := file.readline(MAX_LINE):
                line = parsed(data)
                if line is None:
                    bad += 1
                    if not good:
                        break
                    continue
                if not good and not self._is_head(line):
                    break
                self.damaged, good = bad, file.tell()
                if line.kind == "E":
                    self.last = line.number
                else:
                    self._start = good
        if not good:
            aside = self.path.with_name(f"journal.damaged-{secrets.token_hex(4)}")
            _log.error("%s is damaged at its start and is kept as %s", self.path, aside)
            self.path.rename(aside)
            return
        self._size = good
        if good < self.path.stat().st_size:
            _log.warning("the end of %s was torn by a crash and is cut off", self.path)
            os.truncate(self.path, good)

    def _is_head(self, line: Line) -> bool:
        try:
            facts = json.loads(line.data)
            if line.kind != HEAD or facts["altmount"] != "journal":
                return False
            version, journal_id, gone = facts["version"], str(facts["id"]), set(facts["gone"])
        except (ValueError, TypeError, KeyError):
            return False
        if version != VERSION:
            raise JournalError(self.path, f"has version {version}, of a later altmount")
        self.id, self.gone = journal_id, gone
        self.base = self.last = line.number
        return True

    @contextmanager
    def _sense(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise JournalError(self.path, f"has a line that makes no sense ({error!r})") from None


def _pieces(
    number: int, facts: object, nodes: Iterable[NodeRow], past: Sequence[Record]
) -> Iterator[bytes]:
    yield _line(HEAD, number, json.dumps(facts).encode())
    rows = iter(nodes)
    while some := [node_to_list(row) for row in islice(rows, _NODES_A_LINE)]:
        yield _line("N", number, json.dumps(some, separators=(",", ":")).encode())
    for record in past:
        yield _line("P", record.number, record_to_json(record))


def _line(kind: str, number: int, data: bytes) -> bytes:
    said = b"%s %d %s" % (kind.encode(), number, data)
    return b"%08x %s\n" % (zlib.crc32(said), said)


def parsed(data: bytes) -> Line | None:
    """A line as it lies in the file, its end included; ``None`` if it is not whole."""
    check, _, said = data.removesuffix(b"\n").partition(b" ")
    if not data.endswith(b"\n") or check != b"%08x" % zlib.crc32(said):
        return None
    kind, number, text = said.split(b" ", 2)
    return Line(kind.decode(), int(number), text)


def _write(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageUnavailableError(f"cannot use {path}: {error.strerror}") from error
