from __future__ import annotations

from array import array
from dataclasses import replace

import pytest

from altmount.library.encoding import sections_of
from altmount.reader.extents import ArticleTable, ExtentMap
from tests.support.releases import make_release


async def test_columns_are_handed_on_without_a_copy():
    release = make_release(1, segments=5)
    sections = await sections_of(release)
    assert sections["begins"].obj is release.table.begins
    assert sections["starts"].obj is release.entries[0].map.starts
    assert sections["nzb_ids"] is sections["ids"] is release.table.ids


async def test_message_ids_of_another_order_are_kept_beside_those_of_the_table():
    release = make_release(1, segments=5)
    table = replace(release.table, ids=bytes(reversed(release.table.ids)))
    entry = release.entries[0]
    entry = replace(entry, map=replace(entry.map, table=table))
    sections = await sections_of(replace(release, table=table, entries=(entry,)))
    assert sections["ids"] == table.ids
    assert sections["nzb_ids"] == release.table.ids


@pytest.mark.parametrize("change", ["table", "size"])
async def test_a_file_of_another_release_is_a_mistake(change):
    release, other = make_release(1), make_release(2)
    entry = release.entries[0]
    wrong = other.entries[0] if change == "table" else replace(entry, size=entry.size + 1)
    with pytest.raises(ValueError, match="not a file of this release"):
        await sections_of(replace(release, entries=(wrong,)))


async def test_a_column_of_another_type_is_a_mistake():
    release = make_release(1)
    table = release.table
    wrong = ArticleTable(
        array("I", table.begins),
        table.sizes,
        table.posted,
        table.ids,
        table.id_ends,
        table.posted_files,
    )
    entry = replace(release.entries[0], map=ExtentMap.joined(wrong, range(len(release.table))))
    with pytest.raises(TypeError, match="a column of 'I' where 'Q' belongs"):
        await sections_of(replace(release, table=wrong, entries=(entry,)))
