"""Runs archive parsers over bytes in memory, and counts what they asked for."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from hypothesis import strategies as st

from altmount.archives.model import Entry, Volume
from altmount.archives.parser import Derive, Parser, Pause, Request
from tests.support.rars import Cipher, algorithms, modes

ARTICLE = 700_000


@dataclass
class Driver:
    """A set of volumes in memory."""

    data: Sequence[bytes]
    article: int = ARTICLE
    articles: set[tuple[int, int]] = field(default_factory=set)
    requests: int = 0
    asked: int = 0
    derived: int = 0
    pauses: int = 0

    @property
    def volumes(self) -> tuple[Volume, ...]:
        return tuple(Volume(f"v{index}", len(one)) for index, one in enumerate(self.data))

    def run(self, parser: Parser):
        """What a parser finds."""
        try:
            request = next(parser)
            while True:
                request = parser.send(self._answer(request))
        except StopIteration as end:
            return end.value

    def _answer(self, request: Request) -> bytes:
        if isinstance(request, Pause):
            self.pauses += 1
            return b""
        self.requests += 1
        if isinstance(request, Derive):
            self.derived += 1
            return request.work()
        span = request.span
        assert len(span) <= 64 * 2**20, "asks for too much at once"
        self.asked += len(span)
        for article in range(span.start // self.article, -(-span.stop // self.article)):
            self.articles.add((request.volume, article))
        return bytes(self.data[request.volume][span.start : span.stop])

    def content(self, entry: Entry) -> bytes:
        """The plain bytes of an entry."""
        assert entry.obstacle is None, (entry.obstacle, entry.detail)
        if entry.content is not None:
            return entry.content
        data = b"".join(
            bytes(self.data[e.volume][e.start : e.start + e.size]) for e in entry.extents
        )
        assert len(data) == sum(extent.size for extent in entry.extents)
        assert all(extent.size for extent in entry.extents)
        if entry.cipher is None:
            assert len(data) == entry.size
            return data
        decryptor = Cipher(algorithms.AES(entry.cipher.key), modes.CBC(entry.cipher.iv)).decryptor()
        plain = decryptor.update(data) + decryptor.finalize()
        start = entry.cipher.skip
        assert len(plain) >= start + entry.size
        return plain[start : start + entry.size]


@contextmanager
def little_memory(most: int = 8 * 2**20) -> Iterator[None]:
    """A block in which no more than ``most`` bytes may be taken at once."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before < most


@st.composite
def mutations(draw: st.DrawFn, volumes: Sequence[bytes]) -> list[bytes]:
    """Volumes with bytes changed, cut off, taken out, put in or moved, or whole ones lost."""
    damaged = [bytearray(volume) for volume in volumes]
    for _ in range(draw(st.integers(1, 4))):
        victim = damaged[draw(st.integers(0, len(damaged) - 1))]
        at = draw(st.integers(0, len(victim)) | st.integers(0, min(120, len(victim))))
        match draw(st.integers(0, 4)):
            case 0:
                del victim[at:]
            case 1:
                victim[at : at + 1] = bytes((draw(st.integers(0, 255)),))
            case 2:
                victim[at:at] = draw(st.binary(min_size=1, max_size=9))
            case 3:
                del victim[at : at + draw(st.integers(1, 20))]
            case _:
                victim[at : at + 4] = draw(
                    st.sampled_from((bytes(4), b"\xff" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\x80"))
                )
    return [bytes(volume) for volume in damaged]
