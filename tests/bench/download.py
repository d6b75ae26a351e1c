"""One GET, read into a buffer that is thrown away."""

from __future__ import annotations

import socket
from typing import Self

from tests.bench.figures import BenchError
from tests.bench.target import CHECKED_BYTES, LOGIN, Target

_BUFFER_BYTES = 1 << 20
_HEAD_BYTES = 4096
_PATIENCE_SECONDS = 20.0
_CHECKS = 16
_PARTIAL = b"206"


def connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), _PATIENCE_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Download:
    """A range of a file on its way, over a connection of its own.

    Bytes are counted and dropped; a few are kept, to be compared once time does not matter.
    """

    def __init__(self, port: int, target: Target, *, buffer: bytearray | None = None) -> None:
        self.target = target
        self.received = 0
        self._socket = connected(port)
        self._buffer = buffer or bytearray(_BUFFER_BYTES)
        self._samples: list[tuple[int, bytes]] = []
        self._next_sample = 0
        self._start = 0
        self._apart = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def ask(self, start: int, stop: int | None = None) -> None:
        """Send the request for the bytes from ``start`` to ``stop``, exclusive, or to the end."""
        last = "" if stop is None else str(stop - 1)
        self.received = self._next_sample = 0
        self._start = start
        self._apart = ((stop or start + (1 << 30)) - start) // _CHECKS + 1
        self._socket.sendall(
            f"GET {self.target.path} HTTP/1.1\r\nHost: bench\r\n{LOGIN}\r\n"
            f"Range: bytes={start}-{last}\r\n\r\n".encode("ascii")
        )

    def begin(self) -> None:
        """Wait for the first bytes of the body.

        Raises:
            BenchError: The answer is not the range that was asked for.
        """
        head = b""
        while b"\r\n\r\n" not in head:
            size = self._socket.recv_into(self._buffer, _HEAD_BYTES)
            head += self._buffer[:size]
            if not size or len(head) > 4 * _HEAD_BYTES:
                raise BenchError(f"{self.target.path}: no answer, but {head[:200]!r}")
        head, _, body = head.partition(b"\r\n\r\n")
        if head.split(None, 2)[1] != _PARTIAL:
            raise BenchError(f"{self.target.path}: {head[:200]!r} {body[:200]!r}")
        if body:
            self._buffer[: len(body)] = body
            self._count(len(body))
        else:
            self.more()

    def more(self, limit: int = 0) -> int:
        """Read some bytes, ``limit`` at most if it is given.

        Raises:
            BenchError: The connection has ended.
        """
        size = self._socket.recv_into(self._buffer, limit)
        if not size:
            raise BenchError(f"{self.target.path} was cut off after {self.received} bytes")
        self._count(size)
        return size

    def until(self, received: int) -> None:
        """Read until so many bytes have come in all."""
        while self.received < received:
            self.more()

    def check(self) -> None:
        """Compare what was kept with what the file holds.

        Raises:
            BenchError: It differs.
        """
        for offset, kept in self._samples:
            if kept != self.target.bytes_at(offset, len(kept)):
                raise BenchError(f"{self.target.path}: wrong bytes at {offset}")
        self._samples.clear()

    def _count(self, size: int) -> None:
        if self.received >= self._next_sample:
            sample = bytes(self._buffer[: min(size, CHECKED_BYTES)])
            self._samples.append((self._start + self.received, sample))
            self._next_sample += self._apart
        self.received += size
