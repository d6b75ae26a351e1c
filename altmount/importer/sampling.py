"""Which articles of a post are asked after, so that one that was taken down is noticed."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

_FEWEST, _MOST = 5, 55
_FROM_THE_START, _FROM_THE_END = 3, 2


def sample(
    counts: Sequence[int], percent: int, chance: random.Random | None = None
) -> list[set[int]]:
    """The articles to ask after, by the files they are of.

    Of each file the first, the middle and the last; and of all files together, in a row, the
    first three, the last two, and some others by chance: five at the least, 55 at the most.

    Args:
        counts: How many articles each file has; 0 for those that are not asked after.
        percent: How many of all there are to be, in percent; 100 for all.
        chance: Where chance comes from.
    """
    found = [{0, (count - 1) // 2, count - 1} if count else set() for count in counts]
    ends = list(accumulate(counts))
    total = ends[-1] if ends else 0
    wanted = total if percent >= 100 else min(total, max(_FEWEST, total * percent // 100))  # noqa: PLR2004 -- all
    if percent < 100:  # noqa: PLR2004 -- all
        wanted = min(wanted, _MOST)
    chosen = {*range(min(_FROM_THE_START, total)), *range(max(0, total - _FROM_THE_END), total)}
    rest = max(0, wanted - len(chosen))
    if rest:
        draw = chance or random.Random()  # noqa: S311 -- nothing is kept secret by it
        population = range(_FROM_THE_START, total - _FROM_THE_END)
        chosen.update(draw.sample(population, min(rest, len(population))))
    for number in chosen:
        file = bisect_right(ends, number)
        found[file].add(number - (ends[file - 1] if file else 0))
    return found
