"""A source that gives no byte before what it relies on is proven."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import takewhile

from altmount.aio.scope import TaskScope
from altmount.archives.rar.lead import agrees
from altmount.articles import ArticleDamagedError
from altmount.reader.extents import ExtentMap
from altmount.reader.inference import Inference, Reliances
from altmount.reader.probe import probe
from altmount.reader.source import Chunks, Source
from altmount.reader.stack import transformed
from altmount.reader.transform import Transform
from altmount.spans import Span

_MISLED = "its headers do not say what those of the other volumes of its set made of it"


class ProvenSource:
    """Reads a file of which something was only inferred.

    Before the first byte of a volume whose headers nobody has read, these are read: at the start
    beside what is read anyway, later out of the article that has just come. A volume is proven
    once, for as long as ``reliances`` are kept.

    The chunks raise :class:`~altmount.articles.ArticleDamagedError` before the first byte that
    relies on what turns out to be wrong.
    """

    def __init__(
        self, source: Source, reliances: Reliances, open_source: Callable[[ExtentMap], Source]
    ) -> None:
        self._source = source
        self._reliances = reliances
        self._open_source = open_source

    @property
    def size(self) -> int:
        return self._source.size

    @asynccontextmanager
    async def open(self, span: Span) -> AsyncIterator[Chunks]:
        async with TaskScope() as scope, self._source.open(span) as chunks:
            yield self._proven(chunks, span, scope)

    async def _proven(self, chunks: Chunks, span: Span, scope: TaskScope) -> Chunks:
        coming = self._reliances.unproven(span)
        begun = {
            each.inference: scope.start(self._prove(each.inference), name="prove a volume")
            for each in takewhile(
                lambda each: each.span.start <= span.start, self._reliances.unproven(span)
            )
        }
        reliance = next(coming, None)
        at = span.start
        async for chunk in chunks:
            stop = at + len(chunk)
            while reliance is not None and reliance.span.start < stop:
                inference = reliance.inference
                await (begun.pop(inference, None) or self._prove(inference))
                reliance = next(coming, None)
            yield chunk
            at = stop

    async def _prove(self, inference: Inference) -> None:
        head = transformed(self._open_source(inference.head), inference.transform)
        if not await probe(agrees(inference.lead, inference.password), [head]):
            raise ArticleDamagedError(inference.head.extent(0).message_id, _MISLED)
        self._reliances.prove(inference)


def source_of_file(
    open_source: Callable[[ExtentMap], Source],
    extents: ExtentMap,
    transform: Transform | None,
    reliances: Reliances,
) -> Source:
    """What players read a file through.

    Args:
        open_source: Makes what reads the bytes of a map.
        extents: The file's map.
        transform: What has to be done to the bytes of that.
        reliances: What of it was only inferred.
    """
    source = transformed(open_source(extents), transform)
    return ProvenSource(source, reliances, open_source) if reliances else source
