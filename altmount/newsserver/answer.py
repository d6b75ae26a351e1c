"""Answers: what goes back to the client, and what is wrong with how it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from altmount.newsserver.knobs import Fault
from altmount.newsserver.yenc import Piece

END = b".\r\n"
"""Ends an answer of more than one line."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer."""

    pieces: tuple[Piece, ...]
    """Its bytes."""

    has_body: bool = False

    closes: bool = False
    """The connection ends with it."""

    silent: bool = False
    """It never comes, nor does anything after it."""

    late: float = 0.0
    """Seconds it is due later than others."""

    gates: tuple[str, ...] = ()
    """Gates it has to pass first."""

    breaks: Fault | None = None
    """How it breaks off, if it does."""


def line(code: int, text: str, *, closes: bool = False) -> Answer:
    """An answer of a status line only."""
    return Answer((f"{code} {text}\r\n".encode("utf-8", "surrogateescape"),), closes=closes)


def split(pieces: Iterable[Piece], at: int) -> tuple[list[Piece], list[Piece]]:
    """The first ``at`` bytes, and the rest; nothing is copied."""
    before: list[Piece] = []
    after: list[Piece] = []
    for piece in pieces:
        cut = min(at, len(piece))
        at -= cut
        if cut:
            before.append(memoryview(piece)[:cut])
        if cut < len(piece):
            after.append(memoryview(piece)[cut:])
    return before, after


def sliced(pieces: Iterable[Piece], size: int) -> Iterator[Piece]:
    """The same bytes in pieces of at most ``size``; nothing is copied."""
    for piece in pieces:
        view = memoryview(piece)
        for start in range(0, len(view), size):
            yield view[start : start + size]
