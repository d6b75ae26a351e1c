"""Where the packed streams of a 7z archive lie, and what they are packed with.

A folder is a chain of coders that makes one stream of bytes out of packed ones; the contents
of files are pieces of that, one after another. Source: 7zFormat.txt of the LZMA SDK.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.parser import A_STEP, PAUSE, Parser
from altmount.archives.reading import gathered
from altmount.archives.sevenzip.fields import MAX_COUNT, Fields, damaged, sections

MAX_CODERS = 32
"""How many coders, or streams of one, a folder may have."""

END, ARCHIVE_PROPERTIES = 0x00, 0x02
_PACK_INFO, _UNPACK_INFO, _SUBSTREAMS = 0x06, 0x07, 0x08
_SIZES, _CRCS, _FOLDER, _UNPACK_SIZES, _UNPACK_COUNTS = 0x09, 0x0A, 0x0B, 0x0C, 0x0D
_ID_BYTES, _COMPLEX, _HAS_PROPERTIES = 0x0F, 0x10, 0x20


@dataclass(frozen=True, slots=True)
class Coder:
    """A step of unpacking."""

    method: bytes
    properties: bytes
    simple: bool
    """Whether one stream goes in and one comes out."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A chain of coders and what it makes."""

    coders: tuple[Coder, ...]

    packed_streams: int
    """How many packed streams go in."""

    last: int
    """Which coder makes what comes out at the end."""

    size: int = 0
    """Of what comes out at the end."""

    crc: int | None = None

    start: int = 0
    """Where its packed streams start, counted from the end of the start header."""

    packed_size: int = 0

    substreams: tuple[int, ...] = ()
    """The sizes of the files in it."""


def read_streams(fields: Fields) -> Parser[list[Folder]]:
    """Read the streams, up to and with their end mark. It asks for nothing but pauses.

    Raises:
        ArchiveError: DAMAGED or TOO_LARGE.
    """
    start, counted = 0, False
    packed: list[int] = []
    folders: list[Folder] = []
    for section in sections(fields, END):
        if section == _PACK_INFO:
            start, packed = yield from _pack_info(fields)
        elif section == _UNPACK_INFO:
            found = yield from _folders(fields)
            folders = yield from gathered(_placed(found, start, packed))
        elif section == _SUBSTREAMS:
            folders, counted = (yield from _substreams(fields, folders)), True
        else:
            raise damaged(f"a header has a section {section:#x} where streams should be")
    if counted:
        return folders
    return (yield from gathered(replace(each, substreams=(each.size,)) for each in folders))


def _pack_info(fields: Fields) -> Parser[tuple[int, list[int]]]:
    start, count = fields.number(), fields.count()
    sizes: list[int] = []
    for section in sections(fields, END):
        if section == _SIZES:
            sizes = yield from gathered(fields.number() for _ in range(count))
        elif section == _CRCS:
            yield from _crcs(fields, count)
        else:
            raise damaged(f"a header has a section {section:#x} where packed streams should be")
    return start, sizes


def _crcs(fields: Fields, count: int) -> Parser[list[int | None]]:
    known = fields.optional_bits(count)
    crcs = (int.from_bytes(fields.fixed(4), "little") if one else None for one in known)
    return (yield from gathered(crcs))


def _folders(fields: Fields) -> Parser[list[Folder]]:
    if fields.byte() != _FOLDER:
        raise damaged("a header has no folders where they should be")
    count = fields.count()
    if fields.byte():
        raise ArchiveError(ArchiveFault.UNSUPPORTED, "its folders are described elsewhere")
    folders = yield from gathered(_folder(fields) for _ in range(count))
    sizes: list[tuple[int, ...]] = []
    crcs: list[int | None] = [None] * count
    for section in sections(fields, END):
        if section == _UNPACK_SIZES:
            sizes = yield from gathered(
                tuple(fields.number() for _ in folder.coders) for folder in folders
            )
        elif section == _CRCS:
            crcs = yield from _crcs(fields, count)
        else:
            raise damaged(f"a header has a section {section:#x} where folders should be")
    if len(sizes) != count:
        raise damaged("its folders have no sizes")
    made = (
        replace(folder, size=own[folder.last], crc=crc)
        for folder, own, crc in zip(folders, sizes, crcs, strict=True)
    )
    return (yield from gathered(made))


def _folder(fields: Fields) -> Folder:
    coders, inputs, outputs = [], 0, 0
    count = fields.count()
    if not 0 < count <= MAX_CODERS:
        raise damaged(f"a folder cannot have {count} coders")
    for _ in range(count):
        coder, taken, made = _coder(fields)
        coders.append(coder)
        inputs += taken
        outputs += made
    if inputs > MAX_CODERS or outputs != count:
        raise ArchiveError(ArchiveFault.UNSUPPORTED, "its coders make more than one stream each")
    bound = set()
    for _ in range(outputs - 1):
        fields.number()
        bound.add(fields.number())
    ends = [index for index in range(outputs) if index not in bound]
    packed_streams = inputs - (outputs - 1)
    if len(ends) != 1 or packed_streams < 1:
        raise damaged("the coders of a folder do not make a chain")
    if packed_streams > 1:
        for _ in range(packed_streams):
            fields.number()
    return Folder(tuple(coders), packed_streams, ends[0])


def _coder(fields: Fields) -> tuple[Coder, int, int]:
    flags = fields.byte()
    method = fields.fixed(flags & _ID_BYTES)
    inputs = outputs = 1
    if flags & _COMPLEX:
        inputs, outputs = fields.count(), fields.count()
    properties = fields.fixed(fields.number()) if flags & _HAS_PROPERTIES else b""
    return Coder(method, properties, inputs == outputs == 1), inputs, outputs


def _placed(folders: list[Folder], start: int, packed: list[int]) -> Iterator[Folder]:
    """The folders with where their packed streams lie."""
    first = 0
    for folder in folders:
        own = packed[first : first + folder.packed_streams]
        if len(own) < folder.packed_streams:
            raise damaged("it has more folders than packed streams")
        yield replace(folder, start=start, packed_size=sum(own))
        start += sum(own)
        first += len(own)


def _substreams(fields: Fields, folders: list[Folder]) -> Parser[list[Folder]]:
    counts = [1] * len(folders)
    section = fields.byte()
    if section == _UNPACK_COUNTS:
        counts = yield from gathered(fields.count() for _ in folders)
        if sum(counts) > MAX_COUNT:
            raise ArchiveError(ArchiveFault.TOO_LARGE, f"it has {sum(counts):,} files")
        section = fields.byte()
    sizes: list[list[int]] = []
    if section == _SIZES:
        for folder, count in zip(folders, counts, strict=True):
            own = yield from gathered(fields.number() for _ in range(count - 1))
            sizes.append([*own, folder.size - sum(own)] if count else [])
            if len(sizes) % A_STEP == 0:
                yield PAUSE
        section = fields.byte()
    else:
        sizes = [[folder.size][:count] for folder, count in zip(folders, counts, strict=True)]
    if section == _CRCS:
        lacking = (
            count
            for count, folder in zip(counts, folders, strict=True)
            if count != 1 or folder.crc is None
        )
        yield from _crcs(fields, sum(lacking))
        section = fields.byte()
    if section != END:
        raise damaged(f"a header has a section {section:#x} where files' sizes should be")
    if any(len(own) != count for own, count in zip(sizes, counts, strict=True)):
        raise damaged("it does not say how large its files are")
    if any(size < 0 for own in sizes for size in own):
        raise damaged("the files of a folder are larger than it")
    made = (
        replace(folder, substreams=tuple(own)) for folder, own in zip(folders, sizes, strict=True)
    )
    return (yield from gathered(made))
