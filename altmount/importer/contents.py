"""What virtual files are made of, however deep they lie: runs of posted files.

An entry of an archive lies in the archive's volumes, which are posted files or entries of another
archive. Each step is a slice of the step before, so any depth ends as one flat list::

    entry of the inner set      [---------------)
    volume of the inner set   | header [-----------| ...      an entry of the outer set
    posted volumes            |   [----|-------|---) |
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import NamedTuple

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import AesCbc, Entry, Lead
from altmount.ciphers.aes import BLOCK, window
from altmount.ciphers.rclone import plain_size
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

_NOTHING: Mapping[int, Inferred] = {}


class Run(NamedTuple):
    """Bytes of a posted file, by its place in the NZB."""

    file: int
    start: int
    size: int

    def slice(self, span: Span) -> Run:
        """Some of its bytes."""
        return Run(self.file, self.start + span.start, len(span))


@dataclass(frozen=True, slots=True)
class Chain:
    """Parts that are one after the other, as they are or as a chain of AES-CBC.

    What is encrypted in what is encrypted is a chain of chains.
    """

    parts: tuple[Run | Chain, ...]
    """Runs, if there is no cipher; else runs, and chains that have one."""

    size: int
    """Of the plain bytes."""

    cipher: AesCbc | None = None

    _ends: list[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ends", list(accumulate(part.size for part in self.parts)))

    @classmethod
    def plain(cls, runs: Sequence[Run]) -> Chain:
        """Runs as they are."""
        return cls(tuple(runs), sum(run.size for run in runs))

    @property
    def stored(self) -> int:
        """Bytes of all parts."""
        return self._ends[-1] if self._ends else 0

    @property
    def depth(self) -> int:
        """How many times its runs are decrypted, at the most."""
        if self.cipher is None:
            return 0
        return 1 + max((part.depth for part in self.parts if isinstance(part, Chain)), default=0)

    @property
    def below(self) -> tuple[Chain, ...]:
        """What is decrypted, as chains."""
        return tuple(
            part if isinstance(part, Chain) else Chain.plain([part]) for part in self.parts
        )

    @property
    def strand(self) -> Strand | Plain:
        """How its bytes come of those of its parts."""
        cipher = self.cipher
        if cipher is None:
            return Plain(self.size)
        return Strand(self.stored, self.size, cipher.key, cipher.iv, cipher.skip)

    def slice(self, span: Span) -> Chain:
        """Some of its plain bytes, as a chain of their own."""
        if self.cipher is None or not span:
            return Chain(self._within(span), len(span))
        skip = self.cipher.skip
        read = window(Span(span.start + skip, span.stop + skip))
        cipher = replace(self.cipher, skip=BLOCK * read.iv_first + read.drop)
        return Chain(self._within(read.stored), len(span), cipher)

    def _within(self, span: Span) -> tuple[Run | Chain, ...]:
        """The parts that have bytes of a span, each as far as it has."""
        found: list[Run | Chain] = []
        index = bisect_right(self._ends, span.start)
        at = self._ends[index - 1] if index else 0
        while index < len(self.parts) and at < span.stop:
            part = self.parts[index]
            common = span.overlap(Span(at, at + part.size))
            if common:
                found.append(part.slice(Span(common.start - at, common.stop - at)))
            at += part.size
            index += 1
        return tuple(found)


@dataclass(frozen=True, eq=False, slots=True)
class Inferred:
    """A volume whose headers nobody has read, and what they are taken to say."""

    lead: Lead
    head: Contents
    """Its bytes up to where its data should start."""

    password: str | None = None
    """For its headers."""


class Reliance(NamedTuple):
    """Bytes that are right if what was inferred of a volume is."""

    span: Span
    inferred: Inferred


@dataclass(frozen=True, slots=True)
class Contents:
    """The bytes of a virtual file: chains one after the other, or what was unpacked."""

    chains: tuple[Chain, ...] = ()
    unpacked: bytes | None = None
    holes: tuple[Span, ...] = ()
    """Bytes that are on no provider, of what is plain."""

    crypt: RcloneCrypt | None = None
    """What decrypts a whole posted file; nothing is sliced out of that."""

    reliances: tuple[Reliance, ...] = ()

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
        *_, chains = _layers(self.chains)
        return tuple(part for chain in chains for part in chain.parts if isinstance(part, Run))

    @property
    def transform(self) -> Transform | None:
        """What has to be done to the bytes of the map."""
        if self.unpacked is not None:
            return Unpacked(self.unpacked)
        if self.crypt is not None:
            return self.crypt
        if self.holes:
            return Padded(self.holes)
        found: Encrypted | None = None
        *layers, _ = _layers(self.chains)
        for chains in reversed(layers):
            depth = _depth(chains)
            strands = [each.strand if each.depth == depth else Plain(each.size) for each in chains]
            found = Encrypted(tuple(strands), found)
        return found

    @property
    def divisible(self) -> bool:
        """Whether some of its bytes can be contents of their own."""
        return self.unpacked is None and self.crypt is None and not self.holes

    @classmethod
    def posted(cls, files: Sequence[tuple[int, int]]) -> Contents:
        """Whole posted files, each a number and a size in bytes, one after the other."""
        return cls((Chain.plain([Run(file, 0, size) for file, size in files]),))

    def slice(self, span: Span) -> Contents:
        """Some of its bytes."""
        found, at = [], 0
        for chain in self.chains:
            part = span.overlap(Span(at, at + chain.size))
            if part:
                found.append(chain.slice(Span(part.start - at, part.stop - at)))
            at += chain.size
        return Contents(_merged(found), reliances=tuple(_within(self.reliances, span, 0)))


def contents_of(
    entry: Entry, volumes: Sequence[Contents], inferred: Mapping[int, Inferred] = _NOTHING
) -> Contents:
    """What an entry of an archive is made of.

    Args:
        entry: One without an obstacle.
        volumes: What the volumes of its set are made of.
        inferred: What was inferred of some of these, by their indexes.

    Raises:
        ArchiveError: TRUNCATED, if there are fewer bytes than it should have.
    """
    if entry.content is not None:
        return Contents(unpacked=entry.content)
    pieces = []
    for extent in entry.extents:
        part = volumes[extent.volume].slice(Span(extent.start, extent.start + extent.size))
        if extent.volume in inferred:
            own = Reliance(Span(0, part.size), inferred[extent.volume])
            part = replace(part, reliances=(*part.reliances, own))
        pieces.append(part)
    packed, cipher = joined(pieces), entry.cipher
    if packed.size < (cipher.skip + entry.size if cipher else entry.size):
        raise ArchiveError(ArchiveFault.TRUNCATED, "its volumes have fewer bytes than it needs")
    if cipher is None or not entry.size:
        return packed
    whole = packed.slice(Span(0, packed.size - packed.size % BLOCK)).chains
    parts = tuple(
        part for each in whole for part in (each.parts if each.cipher is None else (each,))
    )
    # A block needs the one before it, too.
    needing = [Reliance(Span(span.start, span.stop + BLOCK), why) for span, why in packed.reliances]
    plain = Span(cipher.skip, cipher.skip + entry.size)
    return Contents(
        (Chain(parts, entry.size, cipher),), reliances=tuple(_within(needing, plain, 0))
    )


def joined(parts: Sequence[Contents]) -> Contents:
    """Parts that lie somewhere, one after the other."""
    reliances: list[Reliance] = []
    at = 0
    for part in parts:
        reliances += _within(part.reliances, Span(0, part.size), at)
        at += part.size
    chains = _merged([chain for part in parts for chain in part.chains])
    return Contents(chains, reliances=tuple(reliances))


def _within(reliances: Iterable[Reliance], span: Span, at: int) -> Iterator[Reliance]:
    """What of these is about bytes of a span, for these bytes where they begin at ``at``."""
    for reliance in reliances:
        common = reliance.span.overlap(span)
        if common:
            start = common.start - span.start + at
            yield Reliance(Span(start, start + len(common)), reliance.inferred)


def _layers(chains: Sequence[Chain]) -> Iterator[Sequence[Chain]]:
    """Chains, what those decrypt that are decrypted last, and so on down to what is plain."""
    yield chains
    while depth := _depth(chains):
        chains = _merged(
            [
                each
                for chain in chains
                for each in (chain.below if chain.depth == depth else (chain,))
            ]
        )
        yield chains


def _depth(chains: Sequence[Chain]) -> int:
    return max((chain.depth for chain in chains), default=0)


def _merged(chains: Sequence[Chain]) -> tuple[Chain, ...]:
    """The fewest chains: what is plain and adjacent is one."""
    found: list[Chain] = []
    plain: list[Run] = []
    for chain in [*chains, None]:
        if chain is not None and chain.cipher is None:
            plain += [part for part in chain.parts if isinstance(part, Run)]
            continue
        if plain:
            found.append(Chain.plain(_joined(plain)))
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
