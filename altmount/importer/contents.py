"""What virtual files are made of, however deep they lie: runs of posted files.

An entry of an archive lies in the archive's volumes, which are posted files or entries of another
archive. Each step is a slice of the step before, so any depth ends as one flat list::

    entry of the inner set      [---------------)
    volume of the inner set   | header [-----------| ...      an entry of the outer set
    posted volumes            |   [----|-------|---) |
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import AesCbc, Entry
from altmount.ciphers.aes import BLOCK, window
from altmount.ciphers.rclone import plain_size
from altmount.reader.transform import (
    Encrypted,
    Padded,
    RcloneCrypt,
    Strand,
    Transform,
    Unpacked,
)
from altmount.spans import Span


class Run(NamedTuple):
    """Bytes of a posted file, by its place in the NZB."""

    file: int
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Runs that are one after the other, plain or as one chain of AES-CBC."""

    runs: tuple[Run, ...]
    size: int
    """Of the plain bytes."""

    cipher: AesCbc | None = None

    _ends: list[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ends", list(accumulate(run.size for run in self.runs)))

    @property
    def stored(self) -> int:
        """Bytes of all runs."""
        return self._ends[-1] if self._ends else 0

    def slice(self, span: Span) -> Chain:
        """Some of its plain bytes, as a chain of their own."""
        if self.cipher is None or not span:
            return Chain(self._runs(span), len(span))
        skip = self.cipher.skip
        read = window(Span(span.start + skip, span.stop + skip))
        lead = BLOCK * read.iv_first + read.drop
        cipher = AesCbc(self.cipher.key, self.cipher.iv, lead, self.cipher.checked)
        return Chain(self._runs(read.stored), len(span), cipher)

    def encrypted(self, size: int, cipher: AesCbc) -> Chain:
        """The plain bytes of what these bytes are the chain of.

        Raises:
            ArchiveError: They are encrypted themselves.
        """
        if self.cipher is not None:
            raise ArchiveError(
                ArchiveFault.UNSUPPORTED, "what is encrypted lies in what is encrypted"
            )
        whole = self.stored - self.stored % BLOCK
        return Chain(self._runs(Span(0, whole)), size, cipher)

    def _runs(self, span: Span) -> tuple[Run, ...]:
        found = []
        index = bisect_right(self._ends, span.start)
        at = self._ends[index - 1] if index else 0
        while index < len(self.runs) and at < span.stop:
            run = self.runs[index]
            part = span.overlap(Span(at, at + run.size))
            if part:
                found.append(Run(run.file, run.start + part.start - at, len(part)))
            at += run.size
            index += 1
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Contents:
    """The bytes of a virtual file: chains one after the other, or what was unpacked."""

    chains: tuple[Chain, ...] = ()
    unpacked: bytes | None = None
    holes: tuple[Span, ...] = ()
    """Bytes that are on no provider, of what is plain."""

    crypt: RcloneCrypt | None = None
    """What decrypts a whole posted file; nothing is sliced out of that."""

    @property
    def size(self) -> int:
        if self.crypt is not None:
            return plain_size(sum(chain.size for chain in self.chains))
        if self.unpacked is not None:
            return len(self.unpacked)
        return sum(chain.size for chain in self.chains)

    @property
    def runs(self) -> tuple[Run, ...]:
        """What the map is made of."""
        return tuple(run for chain in self.chains for run in chain.runs)

    @property
    def transform(self) -> Transform | None:
        """What has to be done to the bytes of the map."""
        if self.unpacked is not None:
            return Unpacked(self.unpacked)
        if self.crypt is not None:
            return self.crypt
        if self.holes:
            return Padded(self.holes)
        strands = [
            Strand(chain.stored, chain.size, cipher.key, cipher.iv, cipher.skip)
            for chain in self.chains
            if (cipher := chain.cipher) is not None
        ]
        return Encrypted(tuple(strands)) if strands else None

    @property
    def checked(self) -> bool:
        """Whether the password, if there is one, is known to be right."""
        return all(chain.cipher is None or chain.cipher.checked for chain in self.chains)

    @classmethod
    def posted(cls, files: Sequence[tuple[int, int]]) -> Contents:
        """Whole posted files, each a number and a size in bytes, one after the other."""
        runs = tuple(Run(file, 0, size) for file, size in files)
        return cls((Chain(runs, sum(run.size for run in runs)),))

    def slice(self, span: Span) -> Contents:
        """Some of its bytes."""
        found, at = [], 0
        for chain in self.chains:
            part = span.overlap(Span(at, at + chain.size))
            if part:
                found.append(chain.slice(Span(part.start - at, part.stop - at)))
            at += chain.size
        return Contents(_merged(found))


def contents_of(entry: Entry, volumes: Sequence[Contents]) -> Contents:
    """What an entry of an archive is made of.

    Args:
        entry: One without an obstacle.
        volumes: What the volumes of its set are made of.

    Raises:
        ArchiveError: UNSUPPORTED, if it is encrypted in what is encrypted or partly so;
            TRUNCATED, if there are fewer bytes than it should have.
    """
    if entry.content is not None:
        return Contents(unpacked=entry.content)
    chains: list[Chain] = []
    for extent in entry.extents:
        span = Span(extent.start, extent.start + extent.size)
        chains += volumes[extent.volume].slice(span).chains
    merged = _merged(chains)
    if entry.cipher is not None and entry.size:
        if len(merged) != 1:
            raise ArchiveError(
                ArchiveFault.UNSUPPORTED, "what is encrypted lies in what is encrypted"
            )
        merged = (merged[0].encrypted(entry.size, entry.cipher),)
        enough = merged[0].stored >= entry.cipher.skip + entry.size
    else:
        enough = sum(chain.size for chain in merged) == entry.size
    plain = sum(chain.cipher is None for chain in merged)
    if 0 < plain < len(merged):
        raise ArchiveError(ArchiveFault.UNSUPPORTED, "only some of its volumes are encrypted")
    if not enough:
        raise ArchiveError(ArchiveFault.TRUNCATED, "its volumes have fewer bytes than it needs")
    return Contents(merged)


def joined(parts: Sequence[Contents]) -> Contents:
    """Parts that lie somewhere, one after the other."""
    return Contents(_merged([chain for part in parts for chain in part.chains]))


def _merged(chains: Sequence[Chain]) -> tuple[Chain, ...]:
    """The fewest chains: what is plain and adjacent is one."""
    found: list[Chain] = []
    plain: list[Run] = []
    for chain in [*chains, None]:
        if chain is not None and chain.cipher is None:
            plain += chain.runs
            continue
        if plain:
            runs = _joined(plain)
            found.append(Chain(runs, sum(run.size for run in runs)))
            plain = []
        if chain is not None:
            found.append(chain)
    return tuple(found)


def _joined(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The fewest runs."""
    found: list[Run] = []
    for run in runs:
        if found and found[-1].file == run.file and found[-1].start + found[-1].size == run.start:
            found[-1] = Run(run.file, found[-1].start, found[-1].size + run.size)
        else:
            found.append(run)
    return tuple(found)
