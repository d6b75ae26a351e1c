"""Maps that turned out to be wrong, put right in a release that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from altmount.library.release import Draft, Entry, Release
from altmount.library.status import FileStatus
from altmount.reader.extents import Column


def amended(old: Release, draft: Draft) -> Release | None:
    """The release as another draft of it has it; ``None`` if that says the same.

    Where the maps say the same, only what files rely on and how they are is taken over, so that
    their etags stay; and what reads found damaged stays so, for a look does not see every article.

    Raises:
        ValueError: The draft has other files.
    """
    if [_name(old.folder, one) for one in old.entries] != [
        _name(draft.folder, one) for one in draft.entries
    ]:
        raise ValueError("it has other files than before")
    if _same(old, draft):
        return _with_reservations(old, draft)
    entries = tuple(
        replace(new, path=one.path) for one, new in zip(old.entries, draft.entries, strict=True)
    )
    return replace(old, table=draft.table, entries=entries)


def _with_reservations(old: Release, draft: Draft) -> Release | None:
    """The release, its files as sure as those of the draft; ``None`` if they are that already."""
    pairs = list(zip(old.entries, draft.entries, strict=True))
    statuses = [
        one.status if one.status is FileStatus.DAMAGED else new.status for one, new in pairs
    ]
    if all(
        one.status is status and bool(one.reliances) == bool(new.reliances)
        for (one, new), status in zip(pairs, statuses, strict=True)
    ):
        return None
    entries = [
        replace(one, status=status, reliances=new.reliances)
        for (one, new), status in zip(pairs, statuses, strict=True)
    ]
    return replace(old, entries=tuple(entries))


def damaged(old: Release, entry: int | None) -> Release | None:
    """The release with a file said to be damaged; ``None`` if that is said already.

    Args:
        old: The release.
        entry: The file; ``None`` for those of which something was only inferred.
    """
    entries = tuple(
        replace(one, status=FileStatus.DAMAGED)
        if index == entry or (entry is None and one.status is FileStatus.UNVERIFIED)
        else one
        for index, one in enumerate(old.entries)
    )
    same = all(one.status is new.status for one, new in zip(old.entries, entries, strict=True))
    return None if same else replace(old, entries=entries)


def _name(folder: str, entry: Entry) -> str:
    return entry.path.removeprefix(folder)


def _same(old: Release, draft: Draft) -> bool:
    """Whether the same bytes come of both, of the same articles."""
    columns = [
        *_columns(old.table.begins, draft.table.begins),
        *_columns(old.table.sizes, draft.table.sizes),
    ]
    for one, new in zip(old.entries, draft.entries, strict=True):
        if one.size != new.size or one.transform != new.transform:
            return False
        columns += _columns(one.map.starts, new.map.starts)
        columns += _columns(one.map.articles, new.map.articles)
        columns += _columns(one.map.offsets, new.map.offsets)
    return all(one == new for one, new in zip(columns[::2], columns[1::2], strict=True))


def _columns(*columns: Column) -> Sequence[memoryview]:
    return [memoryview(column) for column in columns]  # type: ignore[arg-type]  # both kinds have a buffer
