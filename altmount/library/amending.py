"""Maps that turned out to be wrong, put right in a release that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from altmount.library.release import Draft, Entry, Release
from altmount.reader.extents import Column


def amended(old: Release, draft: Draft) -> Release | None:
    """The release as another draft of it has it; ``None`` if that says the same.

    Where the maps say the same, only what files rely on and how they are is taken over, so that
    their etags stay.

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
    if all(
        one.status is new.status and bool(one.reliances) == bool(new.reliances)
        for one, new in pairs
    ):
        return None
    entries = [replace(one, status=new.status, reliances=new.reliances) for one, new in pairs]
    return replace(old, entries=tuple(entries))


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
    return [memoryview(column) for column in columns]  # type: ignore[arg-type]
