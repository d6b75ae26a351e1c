"""The files of a UDF volume."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from altmount.archives.errors import ArchiveError
from altmount.archives.iso.limits import MAX_EXTENTS, damaged, too_large
from altmount.archives.iso.udffile import FOLDER, LINK, Address, UdfFile, read_file
from altmount.archives.iso.udftag import FILE_IDENTIFIER, tag_of
from altmount.archives.iso.udftext import text_of
from altmount.archives.iso.udfvolume import read_udf_volume
from altmount.archives.iso.walk import Walk
from altmount.archives.joined import Joined
from altmount.archives.model import Archive, Entry
from altmount.archives.parser import Parser

_NAME_AT = 38
_DELETED, _PARENT = 0x04, 0x08


class _Child(NamedTuple):
    name: str
    address: Address


def read_udf(joined: Joined) -> Parser[Archive]:
    """Read all files and folders.

    Raises:
        ArchiveError: NOT_AN_ARCHIVE, if there is no UDF; DAMAGED, TRUNCATED, UNSUPPORTED or
            TOO_LARGE.
    """
    volume = yield from read_udf_volume(joined)
    walk = Walk(volume.root)
    extents = 0
    while (address := walk.next_folder()) is not None:
        folder = yield from read_file(joined, volume.partitions, address)
        if folder.kind != FOLDER:
            raise damaged("a folder of its file system is none")
        if not walk.enter(address, folder.space.size):
            continue
        data = yield from folder.space.read(joined, 0, folder.space.size)
        for child in _children(data):
            path = walk.path_of(child.name)
            file = yield from read_file(joined, volume.partitions, child.address)
            extents += file.described
            if extents > MAX_EXTENTS:
                raise too_large("extents")
            if file.kind == FOLDER:
                walk.add(Entry(path, 0, folder=True), child.address)
            elif file.kind != LINK:
                walk.add(_entry(joined, path, file))
    return Archive(walk.found(), label=volume.label)


def _entry(joined: Joined, path: str, file: UdfFile) -> Entry:
    try:
        return Entry(path, file.space.size, file.space.extents(joined))
    except ArchiveError as error:
        return Entry(path, file.space.size, obstacle=error.fault, detail=str(error))


def _children(data: bytes) -> Iterator[_Child]:
    """What a folder lists, without what was deleted and the folder it lies in itself."""
    position = 0
    while position + _NAME_AT <= len(data):
        name_size = data[position + 19]
        other_size = int.from_bytes(data[position + 36 : position + 38], "little")
        name_at = position + _NAME_AT + other_size
        stop = name_at + name_size
        after = position + (stop - position + 3) // 4 * 4  # some programs check the padding too
        if tag_of(data[position:after]) != FILE_IDENTIFIER:
            raise damaged("a folder lists something that is no file")
        if not data[position + 18] & (_DELETED | _PARENT):
            block = int.from_bytes(data[position + 24 : position + 28], "little")
            partition = int.from_bytes(data[position + 28 : position + 30], "little")
            yield _Child(text_of(data[name_at:stop]), Address(partition, block))
        position = after
