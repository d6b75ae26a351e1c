"""What is in a 7z archive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from altmount.archives.aes import padded
from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.joined import Joined
from altmount.archives.model import AesCbc, Archive, Entry, Extent, Volume
from altmount.archives.parser import A_STEP, PAUSE, Parser
from altmount.archives.sevenzip.fields import damaged
from altmount.archives.sevenzip.header import Header, read_header, read_start
from altmount.archives.sevenzip.keys import KeyRing, read_lock
from altmount.archives.sevenzip.methods import stored
from altmount.archives.sevenzip.streams import Folder
from altmount.ciphers.aes import BLOCK


def read_7z(volumes: Sequence[Volume], password: str | None = None) -> Parser[Archive]:
    """Read what is in an archive; volumes are its pieces, in order and complete.

    Raises:
        ArchiveError: As :class:`~altmount.archives.errors.ArchiveFault` says.
    """
    joined, ring = Joined(volumes), KeyRing(password)
    start = yield from read_start(joined)
    header = yield from read_header(joined, start, ring)
    entries: list[Entry] = []
    streams = _streams(header.folders)
    for number, file in enumerate(header.files, 1):
        if number % A_STEP == 0:
            yield PAUSE
        if not file.has_stream:
            entries.append(Entry(file.path, 0, folder=file.folder))
            continue
        folder, offset, size = next(streams, (None, 0, 0))
        if folder is None:
            raise damaged("it has more files than streams")
        if not file.link:
            entries.append(
                (
                    yield from _entry(
                        joined, start.base, file.path, (folder, offset, size), header, ring
                    )
                )
            )
    return Archive(tuple(entries))


def _streams(folders: list[Folder]) -> Iterator[tuple[Folder, int, int]]:
    """The files' contents in order: in which folder, where in it, and how large."""
    for folder in folders:
        offset = 0
        for size in folder.substreams:
            yield folder, offset, size
            offset += size


def _entry(
    joined: Joined,
    base: int,
    path: str,
    stream: tuple[Folder, int, int],
    header: Header,
    ring: KeyRing,
) -> Parser[Entry]:
    folder, offset, size = stream
    try:
        coder = stored(folder)
        begin = base + folder.start
        if coder is None:
            if offset + size > folder.packed_size:
                raise damaged("a file is larger than the stream it lies in")
            return Entry(path, size, joined.extents(begin + offset, size))
        lock = read_lock(coder.properties)
        if padded(offset + size) > folder.packed_size:
            raise damaged("a file is larger than the stream it lies in")
        if not size:
            return Entry(path, 0)
        key = yield from ring.key(lock)
    except ArchiveError as error:
        if error.fault in {ArchiveFault.TOO_LARGE, ArchiveFault.DAMAGED}:
            raise
        return Entry(path, size, obstacle=error.fault, detail=str(error))
    extents, iv, skip = _chain(joined, begin, offset, size)
    cipher = AesCbc(key, iv or lock.iv, skip, checked=header.proven)
    return Entry(path, size, extents, cipher)


def _chain(
    joined: Joined, begin: int, offset: int, size: int
) -> tuple[tuple[Extent, ...], bytes, int]:
    """Where the blocks of a file in an encrypted stream lie.

    Also their IV, if it is not the stream's own, and how much comes before the file.
    """
    first = offset // BLOCK
    if not first:
        return joined.extents(begin, padded(offset + size)), b"", offset
    start = (first - 1) * BLOCK  # the block before stands in for the IV
    extents = joined.extents(begin + start, padded(offset + size) - start)
    return extents, bytes(BLOCK), offset - start
