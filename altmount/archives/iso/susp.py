"""What stands after the name in a folder's record: Rock Ridge's names, links and moved folders.

Each field is two letters, its size in a byte, a version byte, and content; ``CE`` says where
more of them lie. Sources: IEEE P1281 (SUSP) and P1282 (Rock Ridge).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from altmount.archives.iso.limits import SECTOR
from altmount.archives.joined import Joined
from altmount.archives.parser import Parser

MAX_CONTINUATIONS = 4
"""How many areas more a record may have."""

MAX_NAME = 4096
"""How long a name may be, in bytes."""

_HEAD = 4


@dataclass(slots=True)
class Extras:
    """What was said of a record beside what ISO 9660 says."""

    name: bytes = b""
    """Empty where Rock Ridge gives none."""

    link: bool = False
    moved: bool = False
    """Whether this is a folder that was moved here for being too deep; it shows elsewhere."""

    moved_to: int | None = None
    """The sector of the folder that should be here."""


def skip_of(data: bytes) -> int | None:
    """How many bytes come before the fields of each record, as the root folder's first says.

    ``None`` if there are no fields at all.
    """
    if data[:2] == b"SP" and data[4:6] == b"\xbe\xef":
        return data[6]
    return None


def read_extras(joined: Joined, data: bytes) -> Parser[Extras]:
    """Read the fields of a record.

    Raises:
        ArchiveError: TRUNCATED.
    """
    found = Extras()
    for _ in range(MAX_CONTINUATIONS):
        more = None
        for kind, content in _fields(data):
            if kind == b"CE" and len(content) >= 24:  # noqa: PLR2004 as the field is laid out
                more = struct.unpack("<I4xI4xI4x", content[:24])
            elif kind == b"NM" and len(found.name) < MAX_NAME and content:
                found.name += content[1:]
            elif kind == b"SL":
                found.link = True
            elif kind == b"RE":
                found.moved = True
            elif kind == b"CL" and len(content) >= 4:  # noqa: PLR2004 as the field is laid out
                found.moved_to = int.from_bytes(content[:4], "little")
        if more is None:
            break
        sector, offset, size = more
        data = yield from joined.read(sector * SECTOR + offset % SECTOR, min(size, SECTOR))
    return found


def _fields(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    while len(data) >= _HEAD and _HEAD <= data[2] <= len(data):
        yield data[:2], data[_HEAD : data[2]]
        data = data[data[2] :]
