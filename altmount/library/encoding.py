"""A release as the sections of its sidecar; see :mod:`.sidecar` for what they are.

Columns are handed on as they are. What is done for each file or entry is done in steps, so that
a post of thousands of files does not hold up those who play meanwhile.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from datetime import datetime
from typing import cast

from altmount.aio.steps import unhurried
from altmount.library.inferences import written_inferences
from altmount.library.release import Release
from altmount.library.sections import Bytes
from altmount.library.sidecar import EPOCH, MICROSECOND
from altmount.library.transforms import written_transforms
from altmount.nzb.model import PostedFile
from altmount.reader.extents import Column
from altmount.reader.transform import size_after


def facts_of(release: Release) -> dict[str, object]:
    """What the header says of a release."""
    return {
        "id": release.id,
        "name": release.name,
        "category": release.category,
        "created": _microseconds(release.created),
        "folder": release.folder,
    }


async def sections_of(release: Release) -> dict[str, Bytes]:
    """All sections of a release. Its columns must not change until these are written."""
    table = release.table
    sections: dict[str, Bytes] = {
        "begins": _raw(table.begins, "Q"),
        "sizes": _raw(table.sizes, "I"),
        "posted": _raw(table.posted, "I"),
        "ids": table.ids,
        "id_ends": _raw(table.id_ends, "Q"),
    }
    names = _Texts()
    named = bytearray()
    async for posted in unhurried(table.posted_files):
        names.add(posted.name or "")
        named.append(posted.name is not None)
    sections["posted_sizes"] = _raw(array("Q", [file.size for file in table.posted_files]), "Q")
    sections["posted_names"], sections["posted_name_ends"] = names.sections
    sections["posted_named"] = bytes(named)

    paths = _Texts()
    modified, extents = array("q"), array("Q")
    async for entry in unhurried(release.entries):
        if entry.map.table is not table or entry.size != size_after(
            entry.map.size, entry.transform
        ):
            raise ValueError(f"{entry.path} is not a file of this release")
        paths.add(entry.path)
        modified.append(_microseconds(entry.modified))
        extents.append(len(entry.map) + (extents[-1] if extents else 0))
    sections["entry_paths"], sections["entry_path_ends"] = paths.sections
    sections["entry_sizes"] = _raw(array("Q", [entry.size for entry in release.entries]), "Q")
    sections["entry_modified"] = _raw(modified, "q")
    sections["entry_extents"] = _raw(extents, "Q")
    maps = [entry.map for entry in release.entries]
    sections["starts"] = _joined([_raw(each.starts, "Q") async for each in unhurried(maps)])
    sections["articles"] = _joined([_raw(each.articles, "I") async for each in unhurried(maps)])
    sections["offsets"] = _joined([_raw(each.offsets, "I") async for each in unhurried(maps)])

    sections["transforms"] = written_transforms(entry.transform for entry in release.entries)
    sections["inferences"] = written_inferences(entry.reliances for entry in release.entries)
    sections["entry_statuses"] = bytes([entry.status.code for entry in release.entries])

    lines = [json.dumps(dict(release.nzb.metas)).encode()]
    async for file in unhurried(release.nzb.files):
        lines.append(json.dumps(_facts_of_file(file)).encode())  # noqa: PERF401 - in steps
    sections["nzb"] = b"\n".join(lines)
    segments = [file.segments for file in release.nzb.files]
    sections["nzb_numbers"] = _joined([_raw(each.numbers, "I") for each in segments])
    sections["nzb_sizes"] = _joined([_raw(each.encoded_sizes, "I") for each in segments])
    sections["nzb_id_ends"] = _joined([_raw(each.id_ends, "I") for each in segments])
    ids = b"".join([each.ids for each in segments])
    sections["nzb_ids"] = table.ids if table.ids == ids else ids  # as a rule one and the same
    return sections


class _Texts:
    """Many texts as one, and where each ends."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._ends = array("Q")

    def add(self, text: str) -> None:
        self._data += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._data))

    @property
    def sections(self) -> tuple[Bytes, Bytes]:
        return bytes(self._data), _raw(self._ends, "Q")


def _facts_of_file(file: PostedFile) -> dict[str, object]:
    return {
        "subject": file.subject,
        "poster": file.poster,
        "posted": None if file.posted is None else _microseconds(file.posted),
        "groups": file.groups,
        "segments": len(file.segments),
        "declared": file.declared_segments,
        "name": file.name,
    }


def _raw(column: Column, code: str) -> memoryview:
    """The bytes of a column, which are not copied."""
    view = memoryview(cast("array[int]", column))
    if view.format != code:
        raise TypeError(f"a column of {view.format!r} where {code!r} belongs")
    return view.cast("B") if view else memoryview(b"")  # what is empty cannot be cast


def _joined(parts: Sequence[Bytes]) -> Bytes:
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND
