"""What was inferred of the volumes of an archive, and which bytes of a file rely on it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from altmount.archives.model import Lead
from altmount.reader.extents import ExtentMap
from altmount.reader.transform import Encrypted
from altmount.spans import Span


@dataclass(frozen=True, eq=False, slots=True)
class Inference:
    """A volume whose headers nobody has read, and what they are taken to say."""

    lead: Lead
    head: ExtentMap
    """The volume's bytes up to where its data should start."""

    transform: Encrypted | None = None
    """What has to be done to the bytes of ``head``; ``None`` for a volume that lies plain."""

    password: str | None = None
    """For its headers."""


class Reliance(NamedTuple):
    """Bytes of a file that are right if what was inferred of a volume is."""

    span: Span
    inference: Inference


class Reliances:
    """All that a file relies on."""

    def __init__(self, reliances: Sequence[Reliance] = ()) -> None:
        self.all = tuple(sorted(reliances, key=lambda each: each.span))
        """In the order of the bytes."""

        self._stops = list(accumulate((each.span.stop for each in self.all), max))
        self._proven: set[Inference] = set()

    def __bool__(self) -> bool:
        return bool(self.all)

    def unproven(self, span: Span) -> Iterator[Reliance]:
        """What bytes of a span rely on that is not proven yet, in the order of the bytes."""
        for index in range(bisect_right(self._stops, span.start), len(self.all)):
            reliance = self.all[index]
            if reliance.span.start >= span.stop:
                return
            if reliance.span.overlap(span) and reliance.inference not in self._proven:
                yield reliance

    def prove(self, inference: Inference) -> None:
        """Note that an inference was right."""
        self._proven.add(inference)


NOTHING = Reliances()
"""What most files rely on."""
