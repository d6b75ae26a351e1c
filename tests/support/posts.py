"""Whole posts, as their articles: a fake of the Articles port with faults, gates and counters."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from altmount.articles import (
    ArticleDamagedError,
    ArticleMissingError,
    Body,
    MessageId,
    Part,
    Urgency,
)
from altmount.nzb.model import Nzb, PostedFile, Segments

POSTED = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


class Pattern:
    """Bytes that look random, of any length, made where they are asked for."""

    _PERIOD = 65_521  # a prime, so that no part of a usual size repeats another

    def __init__(self, size: int, seed: int = 0, head: bytes = b"") -> None:
        self._size = size
        self._head = head[:size]
        self._block = random.Random(seed).randbytes(self._PERIOD)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(self._size)
        head = self._head[start:stop]
        start += len(head)
        skip = start % self._PERIOD
        times = (max(0, stop - start) + skip) // self._PERIOD + 1
        return head + (self._block * times)[skip : skip + max(0, stop - start)]


Data = bytes | Pattern


@dataclass(frozen=True)
class _Article:
    data: Data
    part: Part


class Posts:
    """Articles by Message-ID, and the NZB that lists them.

    ``body`` and ``exists`` may be made to fail or to wait, for all articles or for some.
    """

    def __init__(self) -> None:
        self.files: list[PostedFile] = []
        self.metas: dict[str, str] = {}
        self.bodies: Counter[MessageId] = Counter()
        self.stats: Counter[MessageId] = Counter()
        self.urgencies: set[Urgency] = set()
        self.in_flight = 0
        self.most_in_flight = 0
        self.bodies_in_flight = 0
        self.most_bodies_in_flight = 0
        self.missing: set[MessageId] = set()
        self.damaged: set[MessageId] = set()
        self.errors: dict[MessageId, Exception] = {}
        self.error: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.gates: dict[MessageId, asyncio.Event] = {}
        self._articles: dict[MessageId, _Article] = {}

    def post(
        self,
        name: str,
        data: Data,
        part_size: int = 700,
        *,
        sizes: Sequence[int] | None = None,
        yenc_name: str | None = None,
        subject: str | None = None,
        encoded: bool = True,
        declared: int | None = None,
    ) -> PostedFile:
        """Post a file in parts and list it in the NZB.

        Args:
            name: In the subject, and in the yEnc headers unless ``yenc_name`` is another.
            data: What is in it.
            part_size: Of each part but the last.
            sizes: Of all parts, instead.
            yenc_name: What the yEnc headers call it.
            subject: The whole subject, where it is no usual one.
            encoded: Whether the NZB gives sizes on the wire.
            declared: How many parts the subject says there are.
        """
        if sizes is None:
            whole, rest = divmod(len(data), part_size)
            sizes = [part_size] * whole + ([rest] if rest or not whole else [])
        if sum(sizes) != len(data):
            raise ValueError("the parts do not make up the file")
        number = len(self.files) + 1
        rows, begin = [], 0
        for index, size in enumerate(sizes, start=1):
            message_id = MessageId(f"{number}.{index}@posts.example")
            part = Part(begin, size, len(data), name if yenc_name is None else yenc_name)
            self._articles[message_id] = _Article(data, part)
            rows.append((index, size + size // 50 + 100 if encoded else 0, message_id))
            begin += size
        total = len(sizes) if declared is None else declared
        posted = PostedFile(
            subject=subject or f'[{number:02}/99] - "{name}" yEnc (1/{total})',
            poster="poster@example",
            posted=POSTED,
            groups=("alt.binaries.test",),
            segments=Segments.of(rows),
            declared_segments=total,
            name=name,
        )
        self.files.append(posted)
        return posted

    def unlist(self, posted: PostedFile, *indexes: int, declared: bool = True) -> PostedFile:
        """Leave articles of a file out of the NZB; and out of its subject's count, or not."""
        segments = posted.segments
        rows = [
            (segments.numbers[i], segments.encoded_sizes[i], segments.message_id(i))
            for i in range(len(segments))
            if i not in indexes
        ]
        fewer = PostedFile(
            posted.subject,
            posted.poster,
            posted.posted,
            posted.groups,
            Segments.of(rows),
            posted.declared_segments if declared else None,
            posted.name,
        )
        self.files[self.files.index(posted)] = fewer
        return fewer

    def take_down(self, posted: PostedFile, *indexes: int) -> None:
        """Remove articles from every provider; all of the file if none is named."""
        wanted = indexes or range(len(posted.segments))
        self.missing.update(posted.segments.message_id(index) for index in wanted)

    @property
    def nzb(self) -> Nzb:
        return Nzb(tuple(self.files), dict(self.metas))

    @property
    def xml(self) -> bytes:
        """The NZB as a file."""
        return nzb_xml(self.files, self.metas)

    def spent_on(self, posted: PostedFile) -> int:
        """How many bodies of a file were asked for."""
        segments = posted.segments
        return sum(self.bodies[segments.message_id(index)] for index in range(len(segments)))

    async def body(
        self,
        message_id: MessageId,
        *,
        urgency: Urgency,
        part: Part | None = None,
        reader: object = None,
    ) -> Body:
        self.bodies[message_id] += 1
        self.bodies_in_flight += 1
        self.most_bodies_in_flight = max(self.most_bodies_in_flight, self.bodies_in_flight)
        try:
            await self._served(message_id, urgency)
        finally:
            self.bodies_in_flight -= 1
        if message_id in self.missing or message_id not in self._articles:
            raise ArticleMissingError(message_id)
        if message_id in self.damaged:
            raise ArticleDamagedError(message_id, "its CRC is wrong")
        article = self._articles[message_id]
        if part is not None and part.objection(article.part):
            raise ArticleDamagedError(message_id, f"it is {article.part}, not {part}")
        begin = article.part.begin
        data = article.data[begin : begin + article.part.size]
        return Body(memoryview(data), article.part)

    async def exists(self, message_id: MessageId, *, urgency: Urgency) -> bool:
        self.stats[message_id] += 1
        await self._served(message_id, urgency)
        return message_id in self._articles and message_id not in self.missing

    def hurry(self, message_id: MessageId, urgency: Urgency) -> None:
        """All are served at once."""

    async def _served(self, message_id: MessageId, urgency: Urgency) -> None:
        self.urgencies.add(urgency)
        with self._flight():
            await asyncio.sleep(0)
            if self.gate is not None:
                await self.gate.wait()
            if message_id in self.gates:
                await self.gates[message_id].wait()
        if self.error is not None:
            raise self.error
        if message_id in self.errors:
            raise self.errors[message_id]

    @contextmanager
    def _flight(self):
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            yield
        finally:
            self.in_flight -= 1


def nzb_xml(files: Iterable[PostedFile], metas: dict[str, str]) -> bytes:
    """An NZB file, as an indexer writes it."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<!DOCTYPE nzb PUBLIC "-//newzBin//DTD NZB 1.1//EN" "nzb-1.1.dtd">',
        '<nzb xmlns="http://www.newzbin.com/DTD/2003/nzb">',
        "<head>",
        *(f"<meta type={quoteattr(key)}>{escape(text)}</meta>" for key, text in metas.items()),
        "</head>",
    ]
    for posted in files:
        when = int(posted.posted.timestamp()) if posted.posted else 0
        lines += [
            f"<file poster={quoteattr(posted.poster)} subject={quoteattr(posted.subject)}",
            f'date="{when}">',
            "<groups>",
            *(f"<group>{escape(group)}</group>" for group in posted.groups),
            "</groups>",
            "<segments>",
        ]
        segments = posted.segments
        for index in range(len(segments)):
            lines.append(
                f'<segment bytes="{segments.encoded_sizes[index]}" '
                f'number="{segments.numbers[index]}">'
                f"{escape(segments.message_id(index))}</segment>"
            )
        lines += ["</segments>", "</file>"]
    return "\n".join([*lines, "</nzb>", ""]).encode()
