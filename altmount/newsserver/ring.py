"""An endless supply of bytes that are yEnc already: random ones, encoded once, in a ring.

Any run of bytes that starts where a line does is a slice of the ring's text, but for the last
line, which may be cut::

    plain   |~~~~~~~~|~~~~~~~~~|~~~~~~~~|~~~~~~~~~| and again from the start
    text    |line    |line     |line    |line     |
                     [ run                  ]
"""

from __future__ import annotations

import functools
import itertools
import random
import zlib
from bisect import bisect_right
from dataclasses import dataclass

from sabctools import crc32_combine, yenc_encode

from altmount.newsserver.yenc import Piece, encode, stuffed

_SEED = 20_260_101
_PLAIN_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ring:
    """Random bytes, and their yEnc text in whole lines."""

    plain: memoryview
    text: memoryview

    plain_starts: tuple[int, ...]
    """Where each line's bytes start in ``plain``, and at the end where the last one's end."""

    text_starts: tuple[int, ...]
    """The same in ``text``."""

    checksums: tuple[int, ...]
    """The CRC32 of ``plain`` up to each line's start, and at the end that of all."""

    @property
    def lines(self) -> int:
        return len(self.plain_starts) - 1

    def run(self, line: int, size: int) -> tuple[list[Piece], int]:
        """The text of ``size`` bytes from the start of ``line``, and their CRC32."""
        pieces: list[Piece] = []
        checksum = 0
        while size:
            start = self.plain_starts[line]
            stop = min(start + size, len(self.plain))
            last = bisect_right(self.plain_starts, stop) - 1
            pieces.append(self.text[self.text_starts[line] : self.text_starts[last]])
            cut = bytes(self.plain[self.plain_starts[last] : stop])
            pieces += encode(cut)[0]
            until = zlib.crc32(cut, self.checksums[last])
            # crc(ab) and crc(a) give crc(b): combining is linear.
            part = crc32_combine(self.checksums[line], until, stop - start)
            checksum = crc32_combine(checksum, part, stop - start)
            size -= stop - start
            line = 0
        return pieces, checksum

    def read(self, line: int, start: int, stop: int) -> list[memoryview]:
        """Bytes ``start`` to ``stop``, exclusive, of the endless run from the start of ``line``."""
        pieces: list[memoryview] = []
        position = (self.plain_starts[line] + start) % len(self.plain)
        left = stop - start
        while left > 0:
            piece = self.plain[position : position + left]
            pieces.append(piece)
            left -= len(piece)
            position = 0
        return pieces


@functools.cache
def ring() -> Ring:
    """The one ring of this process; the same in every process."""
    plain = random.Random(_SEED).randbytes(_PLAIN_BYTES)  # noqa: S311 -- not a secret
    plain_starts, text_starts = [0], [0]
    # The last line is not full: the ring ends before it.
    lines = stuffed(yenc_encode(plain)[0]).split(b"\r\n")[:-1]
    for line in lines:
        plain_starts.append(
            plain_starts[-1] + len(line) - line.count(b"=") - line.startswith(b"..")
        )
        text_starts.append(text_starts[-1] + len(line) + 2)
    plain = plain[: plain_starts[-1]]
    text = b"".join(line + b"\r\n" for line in lines)
    checksums = [0]
    for start, stop in itertools.pairwise(plain_starts):
        checksums.append(zlib.crc32(plain[start:stop], checksums[-1]))
    return Ring(
        memoryview(plain),
        memoryview(text),
        tuple(plain_starts),
        tuple(text_starts),
        tuple(checksums),
    )
