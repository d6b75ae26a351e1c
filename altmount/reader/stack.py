"""Puts a file's stack of sources together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from altmount.reader.decrypted import DecryptedSource, RcloneSource
from altmount.reader.pieced import JoinedSource, MemorySource, SlicedSource, padded
from altmount.reader.source import Source
from altmount.reader.transform import (
    Encrypted,
    Padded,
    Plain,
    RcloneCrypt,
    Strand,
    Transform,
    Unpacked,
)
from altmount.spans import Span


def transformed(source: Source, transform: Transform | None) -> Source:
    """What reads a file through its transform.

    Args:
        source: Reads the map of the file.
        transform: Fits it, as :func:`~altmount.reader.transform.size_after` checks.
    """
    match transform:
        case Encrypted(strands, below):
            return _decrypted(transformed(source, below), strands)
        case RcloneCrypt():
            return RcloneSource(source, transform)
        case Padded(holes):
            return padded(source, holes)
        case Unpacked(content):
            return MemorySource(content)
        case None:
            return source


def _decrypted(source: Source, strands: Sequence[Strand | Plain]) -> Source:
    """What reads strands, one after the other."""
    stops = accumulate(strand.stored for strand in strands)
    sources: list[Source] = []
    for strand, stop in zip(strands, stops, strict=True):
        part = SlicedSource(source, Span(stop - strand.stored, stop))
        sources.append(part if isinstance(strand, Plain) else DecryptedSource(part, strand))
    return sources[0] if len(sources) == 1 else JoinedSource(sources)
