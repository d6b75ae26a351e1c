"""How parsers take bytes: all that were asked for, or an error."""

from __future__ import annotations

from collections.abc import Sequence

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import Volume
from altmount.archives.parser import Parser, Read
from altmount.spans import Span


def take(volumes: Sequence[Volume], volume: int, start: int, size: int) -> Parser[bytes]:
    """Ask for ``size`` bytes of a volume, from ``start`` on.

    Raises:
        ArchiveError: TRUNCATED, if the volume ends before them.
    """
    if start + size <= volumes[volume].size or volumes[volume].inferred:
        data = yield Read(volume, Span(start, start + size))
        if len(data) == size:
            return data
    raise ArchiveError(
        ArchiveFault.TRUNCATED,
        f"{volumes[volume].name} ends before byte {start + size:,}, where its headers go on",
    )
