"""The list of files in a 7z header."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.parser import PAUSE, Parser
from altmount.archives.reading import gathered
from altmount.archives.sevenzip.fields import Fields, damaged, sections

_END, _EMPTY_STREAM, _EMPTY_FILE, _ANTI = 0x00, 0x0E, 0x0F, 0x10
_NAMES, _ATTRIBUTES = 0x11, 0x15
_REPARSE_POINT, _UNIX, _MODE, _LINK_MODE = 0x0400, 0x8000, 0xF000, 0xA000


@dataclass(frozen=True, slots=True)
class File:
    """What the header says of a file, besides where its bytes are."""

    path: str

    has_stream: bool
    """Whether it has bytes: the next of the streams are its own."""

    folder: bool
    link: bool
    """Whether its bytes are where it points to."""


def read_files(fields: Fields) -> Parser[list[File]]:
    """Read the list, up to and with its end mark. It asks for nothing but pauses.

    Raises:
        ArchiveError: DAMAGED, TOO_LARGE or UNSUPPORTED.
    """
    count = fields.count()
    names = [""] * count
    empty, attributes = [False] * count, [0] * count
    empty_files: list[bool] = []
    anti: list[bool] = []
    for kind in sections(fields, _END):
        content = Fields(fields.fixed(fields.number()))
        if kind == _EMPTY_STREAM:
            empty = content.bits(count)
        elif kind == _EMPTY_FILE:
            empty_files = content.bits(sum(empty))
        elif kind == _ANTI:
            anti = content.bits(sum(empty))
        elif kind == _NAMES:
            names = _names(content, count)
        elif kind == _ATTRIBUTES:
            attributes = yield from _attributes(content, count)
        yield PAUSE
    return (yield from gathered(_files(names, attributes, empty, (empty_files, anti))))


def _files(
    names: list[str], attributes: list[int], empty: list[bool], of_empty: tuple[list[bool], ...]
) -> Iterator[File]:
    empty_files, anti = (iter(flags or [False] * sum(empty)) for flags in of_empty)
    for name, attribute, without in zip(names, attributes, empty, strict=True):
        folder = without and not next(empty_files, False)
        if without and next(anti, False):
            continue  # says that something is to be deleted
        yield File(name, not without, folder, _is_link(attribute))


def _names(fields: Fields, count: int) -> list[str]:
    _here(fields)
    raw = fields.fixed(len(fields))
    text = raw.decode("utf-16-le", "replace")
    names = text.split("\0")
    if len(names) < count + 1:
        raise damaged("it has more files than names")
    return names[:count]


def _attributes(fields: Fields, count: int) -> Parser[list[int]]:
    known = fields.optional_bits(count)
    _here(fields)
    return (
        yield from gathered(
            int.from_bytes(fields.fixed(4), "little") if one else 0 for one in known
        )
    )


def _here(fields: Fields) -> None:
    if fields.byte():
        raise ArchiveError(ArchiveFault.UNSUPPORTED, "its list of files is elsewhere")


def _is_link(attribute: int) -> bool:
    of_unix = attribute & _UNIX and attribute >> 16 & _MODE == _LINK_MODE
    return bool(attribute & _REPARSE_POINT or of_unix)
