"""Puts a file's stack of sources together."""

from __future__ import annotations

from itertools import accumulate

from altmount.reader.decrypted import DecryptedSource, RcloneSource
from altmount.reader.pieced import JoinedSource, MemorySource, SlicedSource, padded
from altmount.reader.source import Source
from altmount.reader.transform import Encrypted, Padded, RcloneCrypt, Transform, Unpacked
from altmount.spans import Span


def transformed(source: Source, transform: Transform | None) -> Source:
    """What reads a file through its transform.

    Args:
        source: Reads the map of the file.
        transform: Fits it, as :func:`~altmount.reader.transform.size_after` checks.
    """
    match transform:
        case Encrypted(strands):
            stops = list(accumulate(strand.stored for strand in strands))
            decrypted = [
                DecryptedSource(SlicedSource(source, Span(stop - strand.stored, stop)), strand)
                for strand, stop in zip(strands, stops, strict=True)
            ]
            return decrypted[0] if len(decrypted) == 1 else JoinedSource(decrypted)
        case RcloneCrypt():
            return RcloneSource(source, transform)
        case Padded(holes):
            return padded(source, holes)
        case Unpacked(content):
            return MemorySource(content)
        case None:
            return source
