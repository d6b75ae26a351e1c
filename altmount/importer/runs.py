"""The bytes of runs of posted files, read while they are imported: a little, here and there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from altmount.articles import Articles, Part, Urgency
from altmount.errors import TemporaryError
from altmount.importer.contents import Contents, Run
from altmount.importer.measured import MeasuredFile
from altmount.reader.source import Chunks, Source
from altmount.reader.stack import transformed
from altmount.spans import Span


class MisinferredError(TemporaryError):
    """A file that was taken to be like another one is not."""

    def __init__(self, file: int) -> None:
        super().__init__(f"posted file {file} is not like the others of its set")
        self.file = file


class RunSource:
    """Reads runs of posted files, one article at a time.

    What is in the head of a file that was measured costs no article.
    """

    def __init__(
        self,
        articles: Articles,
        files: Sequence[MeasuredFile],
        runs: Sequence[Run],
        urgency: Urgency,
    ) -> None:
        self._articles = articles
        self._files = files
        self._runs = runs
        self._urgency = urgency
        self._size = sum(run.size for run in runs)

    @property
    def size(self) -> int:
        return self._size

    @asynccontextmanager
    async def open(self, span: Span) -> AsyncIterator[Chunks]:
        """Read a span. The chunks raise :class:`MisinferredError`, too."""
        yield self._chunks(span)

    async def _chunks(self, span: Span) -> Chunks:
        at = 0
        for run in self._runs:
            wanted = span.overlap(Span(at, at + run.size))
            if wanted:
                start = run.start + wanted.start - at
                async for chunk in self._of_file(run.file, Span(start, start + len(wanted))):
                    yield chunk
            at += run.size
            if at >= span.stop:
                break

    async def _of_file(self, index: int, span: Span) -> Chunks:
        file = self._files[index]
        if span.stop <= len(file.head):
            yield memoryview(file.head)[span.start : span.stop]
            return
        if file.parts is None:
            raise ValueError(f"posted file {index} was not measured")
        for first, count, begin, size in file.parts.covering(span.start, len(span)):
            for number in range(count):
                start = begin + number * size
                wanted = span.overlap(Span(start, start + size))
                data = await self._article(index, first + number, Part(start, size, file.size))
                yield data[wanted.start - start : wanted.stop - start]

    async def _article(self, index: int, number: int, part: Part) -> memoryview:
        file = self._files[index]
        message_id = file.posted.segments.message_id(number)
        if not file.inferred:
            wanted = Part(part.begin, part.size, part.file_size, file.faithful_name)
            body = await self._articles.body(message_id, urgency=self._urgency, part=wanted)
            return body.data
        body = await self._articles.body(message_id, urgency=self._urgency)
        if body.part.misfit(part):
            raise MisinferredError(index)
        return body.data


def source_of(
    articles: Articles, files: Sequence[MeasuredFile], contents: Contents, urgency: Urgency
) -> Source:
    """What reads the contents of a virtual file during an import."""
    runs = RunSource(articles, files, contents.runs, urgency)
    return transformed(runs, contents.transform)
