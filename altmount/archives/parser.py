"""Archive parsers ask for bytes; they never read any.

A parser of a format is a function that returns a generator::

    read_x(volumes: Sequence[Volume], password: str | None = None) -> Parser[Archive]

and, for RAR, whose volumes know their place::

    identify_rar(volume: Volume, password: str | None = None) -> Parser[Identity]

It yields what it wants and is sent that, and returns what it found. It raises
:class:`~altmount.archives.errors.ArchiveError` and nothing else, whatever it is sent, and ends
after a bounded number of requests of bounded size. The volumes are in order. What takes long it
does in steps, with a pause after each.

It asks for little: an article is some 700 kB, so bytes near others that were asked for cost
nothing, and a volume that nothing was asked of yet costs one article at least. Where the place
of data in a volume follows from its neighbours (the volumes in the middle of a long entry), the
parser does not look there, marks those extents as inferred, and makes sure of the sum: at the
volume in which the entry should end. With ``thorough=True``, which formats take that infer
anything, it looks at every volume.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from altmount.spans import Span

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Read:
    """Asks for bytes of a volume. Fewer are sent only where the volume ends."""

    volume: int
    """Index into the set's volumes."""

    span: Span


@dataclass(frozen=True, slots=True)
class Derive:
    """Asks for a key to be made of a password, which takes long by design.

    The work lets go of the interpreter, or takes milliseconds, so that it may run in a thread.
    It raises nothing.
    """

    work: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Pause:
    """Asks for nothing, and is sent no bytes: whoever runs the parser may do something else first.

    Headers of ten thousand entries take some 100 ms to parse, in which a stream would stand still.
    """


PAUSE = Pause()

A_STEP = 250
"""How many entries are parsed between two pauses, which takes about a millisecond."""

Request: TypeAlias = Read | Derive | Pause

Parser: TypeAlias = Generator[Request, bytes, T]
"""Yields requests, is sent their answers, and returns what it found."""
