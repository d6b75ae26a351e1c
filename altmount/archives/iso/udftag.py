"""The tag that every descriptor of UDF starts with (ECMA-167 3/7.2).

::

    id 2 | version 2 | sum of the tag 1 | - 1 | serial 2 | CRC 2 | bytes it is of 2 | block 4
"""

from __future__ import annotations

import struct
from binascii import crc_hqx

from altmount.archives.iso.limits import damaged

ANCHOR, POINTER = 2, 3
PARTITION, LOGICAL_VOLUME, TERMINATOR = 5, 6, 8
FILE_SET, FILE_IDENTIFIER, MORE_EXTENTS = 256, 257, 258
FILE_ENTRY, EXTENDED_FILE_ENTRY = 261, 266

TAG_BYTES = 16

_TAG = struct.Struct("<HHBxHHHI")
_SUM_AT = 4


def tag_of(data: bytes) -> int:
    """The id of a descriptor.

    Raises:
        ArchiveError: DAMAGED, if one of its checksums is wrong.
    """
    if len(data) < TAG_BYTES:
        raise damaged("a descriptor of its file system is too short")
    tag, _, total, _, crc, size, _ = _TAG.unpack_from(data)
    summed = sum(data[:TAG_BYTES]) - data[_SUM_AT]
    body = data[TAG_BYTES : TAG_BYTES + size]
    if summed & 0xFF != total or len(body) < size or crc_hqx(body, 0) != crc:
        raise damaged("a checksum in its file system is wrong")
    return int(tag)
