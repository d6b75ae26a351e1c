"""How much of a film may be missing for it still to be worth playing.

What is missing plays as zeros, which a container of video survives. The bounds are those of the Go
program.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from altmount.importer.partsizes import Parts
from altmount.library.paths import split_extension
from altmount.spans import Span

LONGEST_RUN = 4
"""Articles that may be missing in a row."""

MOST_MISSING = 64
"""Articles of a file that may be missing."""

LARGEST_SHARE = 0.02
"""Of a file's bytes that may be missing."""

_TOLERANT = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm"})


def may_have_holes(name: str) -> bool:
    """Whether a file that is called so plays on over what is missing."""
    return split_extension(name)[1].lower() in _TOLERANT


def holes_of(parts: Parts, missing: Collection[int]) -> tuple[Span, ...]:
    """The bytes that are missing, in order and apart from each other."""
    found: list[Span] = []
    begins = parts.begins()
    for index, (begin, size) in enumerate(zip(begins, parts.sizes(), strict=True)):
        if index not in missing or not size:
            continue
        if found and found[-1].stop == begin:
            found[-1] = Span(found[-1].start, begin + size)
        else:
            found.append(Span(begin, begin + size))
    return tuple(found)


def tolerable(parts: Parts, missing: Collection[int]) -> bool:
    """Whether a film of which these articles are missing is shown all the same."""
    if len(missing) > MOST_MISSING or _longest_run(sorted(missing)) > LONGEST_RUN:
        return False
    lost = sum(len(hole) for hole in holes_of(parts, missing))
    return lost <= LARGEST_SHARE * parts.size


def _longest_run(missing: Sequence[int]) -> int:
    longest = run = 0
    before = None
    for index in missing:
        run = run + 1 if before is not None and index == before + 1 else 1
        longest, before = max(longest, run), index
    return longest
