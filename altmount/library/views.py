"""The index's rows as what can be found at a path."""

from __future__ import annotations

from altmount.db.nodes import NodeRow
from altmount.library.nodes import File, Folder
from altmount.library.paths import VirtualPath
from altmount.library.status import FileStatus


def view(path: VirtualPath, row: NodeRow) -> File | Folder:
    """What a node is when it is seen at a path."""
    return folder_of(path, row) if row.size is None else file_of(path, row)


def folder_of(path: VirtualPath, row: NodeRow) -> Folder:
    return Folder(path, row.modified, row.id, row.created)


def file_of(path: VirtualPath, row: NodeRow) -> File:
    if row.size is None or row.etag is None:
        raise ValueError(f"{path} is not a file")
    return File(
        path,
        row.size,
        row.modified,
        row.etag,
        row.id,
        row.created,
        row.release,
        row.entry,
        row.local,
        FileStatus(row.status) if row.status else FileStatus.HEALTHY,
    )
