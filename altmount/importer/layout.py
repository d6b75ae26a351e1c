"""From measured files to columns: the article table of a release, and the maps of its entries."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate, islice

from altmount.aio.steps import Steps
from altmount.importer.contents import Contents, Inferred, Run
from altmount.importer.measured import MeasuredFile
from altmount.reader.extents import ArticleTable, ExtentMap, PostedName
from altmount.reader.inference import Inference, Reliance
from altmount.reader.transform import Encrypted

_A_STEP = 8192
"""How many numbers are computed in one step, which takes about half a millisecond."""


def article_table(files: Sequence[MeasuredFile]) -> Steps[ArticleTable]:
    """Every article of a release, in the order of its NZB, measured or not."""
    begins, sizes, posted, ends = array("Q"), array("I"), array("I"), array("Q")
    ids_size = 0
    for index, file in enumerate(files):
        segments = file.posted.segments
        if file.parts is None:
            begins.frombytes(bytes(begins.itemsize * len(segments)))
            sizes.frombytes(bytes(sizes.itemsize * len(segments)))
        else:
            yield from _fill(begins, file.parts.begins())
            sizes.extend(file.parts.sizes())
        posted.extend(array("I", [index]) * len(segments))
        yield from _fill(ends, map(ids_size.__add__, segments.id_ends))
        ids_size += len(segments.ids)
        yield
    ids = b"".join(file.posted.segments.ids for file in files)
    names = [PostedName(file.size, file.faithful_name) for file in files]
    return ArticleTable(begins, sizes, posted, ids, ends, names)


def extent_maps(
    table: ArticleTable, files: Sequence[MeasuredFile], entries: Iterable[Sequence[Run]]
) -> Steps[list[ExtentMap]]:
    """The virtual files that runs of posted files make, one after the other.

    Args:
        table: Of ``files``.
        files: All of the release.
        entries: For each virtual file its runs, in order, each of a file that is measured.
    """
    firsts = [0, *accumulate(len(file.posted.segments) for file in files)]
    maps = []
    for runs in entries:
        starts, articles, offsets, size = array("Q"), array("I"), array("I"), 0
        for run in runs:
            parts = files[run.file].parts
            if parts is None or run.start + run.size > parts.size:
                raise ValueError(f"posted file {run.file} was not measured, or has fewer bytes")
            for first, count, begin, part_size in parts.covering(run.start, run.size):
                # Of the first part only what lies behind the run's start.
                inside = max(0, run.start - begin)
                at = size + begin + inside - run.start
                starts.append(at)
                yield from _fill(
                    starts,
                    range(at - inside + part_size, at - inside + count * part_size, part_size),
                )
                number = firsts[run.file] + first
                yield from _fill(articles, range(number, number + count))
                offsets.append(inside)
                offsets.frombytes(bytes(offsets.itemsize * (count - 1)))
            size += run.size
            yield
        starts.append(size)
        maps.append(ExtentMap(starts, articles, offsets, table))
    return maps


def reliances(
    table: ArticleTable, files: Sequence[MeasuredFile], entries: Iterable[Contents]
) -> Steps[list[tuple[Reliance, ...]]]:
    """What virtual files rely on, one after the other.

    Args:
        table: Of ``files``.
        files: All of the release.
        entries: What each virtual file is made of.
    """
    relying = [contents.reliances for contents in entries]
    inferred = list(dict.fromkeys(each.inferred for some in relying for each in some))
    heads = yield from extent_maps(table, files, [each.head.runs for each in inferred])
    made: dict[Inferred, Inference] = {}
    for each, extents in zip(inferred, heads, strict=True):
        transform = each.head.transform
        assert transform is None or isinstance(transform, Encrypted)  # noqa: S101 -- of a volume
        made[each] = Inference(each.lead, extents, transform, each.password)
        yield
    return [tuple(Reliance(span, made[each]) for span, each in some) for some in relying]


def _fill(column: array[int], values: Iterable[int]) -> Steps[None]:
    source = iter(values)
    before = -1
    while len(column) != before:
        before = len(column)
        column.extend(islice(source, _A_STEP))
        yield
