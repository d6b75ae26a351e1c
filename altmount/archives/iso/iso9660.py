"""The files of an ISO 9660 volume, with the names of Rock Ridge or Joliet where it has them.

A file larger than 4 GiB has several records of the same name, all but the last marked as not
the last. Sources: ECMA-119, and Microsoft's Joliet specification.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.iso.limits import SECTOR, damaged
from altmount.archives.iso.records import PARENT, SELF, Record, parse_folder, parse_record
from altmount.archives.iso.space import Run, Space
from altmount.archives.iso.susp import Extras, read_extras, skip_of
from altmount.archives.iso.walk import Walk
from altmount.archives.joined import Joined
from altmount.archives.model import Archive, Entry
from altmount.archives.parser import A_STEP, PAUSE, Parser

FIRST_SECTOR = 16
"""Where the volume descriptors start."""

MAX_DESCRIPTORS = 64

_PRIMARY, _SUPPLEMENTARY, _END = 1, 2, 255
_MARK = b"CD001"
_JOLIET = (b"%/@", b"%/C", b"%/E")
_LABEL_AT, _LABEL_BYTES = 40, 32
_ROOT_AT, _ROOT_BYTES, _BLOCK_SIZE_AT, _ESCAPES_AT = 156, 34, 128, 88


class _Tree(NamedTuple):
    root: Record
    joliet: bool
    skip: int | None
    """How many bytes of a record's extras come before its fields; ``None`` if it has none."""

    label: str


def read_iso9660(joined: Joined) -> Parser[Archive]:
    """Read all files and folders.

    Raises:
        ArchiveError: NOT_AN_ARCHIVE, if there is no ISO 9660; DAMAGED, TRUNCATED, UNSUPPORTED
            or TOO_LARGE.
    """
    tree = yield from _tree(joined)
    walk = Walk(tree.root)
    while (folder := walk.next_folder()) is not None:
        yield PAUSE
        if not walk.enter(folder.start, folder.size):
            continue
        data = yield from joined.read(folder.start, folder.size)
        parts: list[Record] = []
        for number, record in enumerate(parse_folder(data), 1):
            if number % A_STEP == 0:
                yield PAUSE
            if record.name in {SELF, PARENT}:
                continue
            parts.append(record)
            if not record.partial:
                yield from _found(joined, tree, walk, parts)
                parts = []
    return Archive(walk.found(), label=tree.label)


def _found(joined: Joined, tree: _Tree, walk: Walk[Record], parts: list[Record]) -> Parser[None]:
    """Take in a file, which may have several records, or a folder."""
    first = parts[0]
    extras = yield from _extras(joined, tree, first)
    name = extras.name.decode("utf-8", "replace") or _name(first.name, joliet=tree.joliet)
    path = walk.path_of(name)
    folder = first if first.folder else None
    if extras.moved_to is not None:
        folder = yield from _moved(joined, extras.moved_to)
    if folder is None and not extras.link:
        walk.add(_entry(joined, path, parts))
    elif folder is not None and not extras.moved:
        walk.add(Entry(path, 0, folder=True), folder)


def _tree(joined: Joined) -> Parser[_Tree]:
    """The folders to read: those with Rock Ridge's names, or Joliet's, or the plain ones."""
    primary = joliet = None
    for sector in range(FIRST_SECTOR, FIRST_SECTOR + MAX_DESCRIPTORS):
        if (sector + 1) * SECTOR > joined.size:
            break
        data = yield from joined.read(sector * SECTOR, SECTOR)
        if data[1:6] != _MARK or data[0] == _END:
            break
        if data[0] == _PRIMARY and primary is None:
            primary = data
        elif data[0] == _SUPPLEMENTARY and data[_ESCAPES_AT : _ESCAPES_AT + 3] in _JOLIET:
            joliet = data
    if primary is None:
        raise ArchiveError(ArchiveFault.NOT_AN_ARCHIVE, "it has no ISO 9660 file system")
    block_size = int.from_bytes(primary[_BLOCK_SIZE_AT : _BLOCK_SIZE_AT + 2], "little")
    if block_size != SECTOR:
        raise ArchiveError(ArchiveFault.UNSUPPORTED, f"it has blocks of {block_size:,} bytes")
    label = primary[_LABEL_AT : _LABEL_AT + _LABEL_BYTES].decode("ascii", "replace").strip(" \0")
    root = parse_record(primary[_ROOT_AT : _ROOT_AT + _ROOT_BYTES])
    first = yield from joined.read(root.start, min(root.size, SECTOR))
    records = list(parse_folder(first))
    skip = skip_of(records[0].extras) if records else None
    named = skip is not None and any(b"NM" in record.extras for record in records)
    if joliet is not None and not named:
        root = parse_record(joliet[_ROOT_AT : _ROOT_AT + _ROOT_BYTES])
        return _Tree(root, joliet=True, skip=None, label=label)
    return _Tree(root, joliet=False, skip=skip if named else None, label=label)


def _extras(joined: Joined, tree: _Tree, record: Record) -> Parser[Extras]:
    if tree.skip is None:
        return Extras()
    return (yield from read_extras(joined, record.extras[tree.skip :]))


def _moved(joined: Joined, sector: int) -> Parser[Record]:
    """The folder that a record stands for, whose own first record says how large it is."""
    data = yield from joined.read(sector * SECTOR, SECTOR)
    folder = next(parse_folder(data), None)
    if folder is None or not folder.folder:
        raise damaged("a folder of its file system is none")
    return folder


def _entry(joined: Joined, path: str, parts: Sequence[Record]) -> Entry:
    size = sum(part.size for part in parts)
    try:
        if any(part.interleaved for part in parts):
            raise ArchiveError(ArchiveFault.UNSUPPORTED, "its bytes lie between those of others")
        space = Space(Run(part.start, part.size) for part in parts)
        return Entry(path, size, space.extents(joined))
    except ArchiveError as error:
        return Entry(path, size, obstacle=error.fault, detail=str(error))


def _name(raw: bytes, *, joliet: bool) -> str:
    """A name without its version number, and without the dot of an empty extension."""
    name = raw.decode("utf-16-be", "replace") if joliet else raw.decode("utf-8", "replace")
    name, _, _ = name.partition(";")
    return name if joliet else name.removesuffix(".")
