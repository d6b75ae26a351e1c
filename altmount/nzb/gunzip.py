"""Unpacking ``.nzb.gz``, within bounds."""

from __future__ import annotations

import zlib

from altmount.nzb.errors import NzbError, NzbFault

_MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS


def gunzip(data: bytes, max_bytes: int) -> bytes:
    """What is packed in ``data``; ``data`` itself where it is not gzip (RFC 1952).

    A packed file that breaks off or is damaged gives what comes before the damage.

    Raises:
        NzbError: It unpacks to more than ``max_bytes``, or to nothing.
    """
    if not data.startswith(_MAGIC):
        return data
    unpacked = bytearray()
    rest = data
    while rest.startswith(_MAGIC):  # gzip files may be strung together
        member = zlib.decompressobj(_GZIP)
        try:
            unpacked += member.decompress(rest, max_bytes - len(unpacked) + 1)
        except zlib.error:
            break
        if len(unpacked) > max_bytes:
            raise NzbError(
                NzbFault.TOO_LARGE,
                f"The file unpacks to more than {max_bytes:,} bytes, which is more than an NZB "
                "may have.",
            )
        rest = member.unused_data
    if not unpacked:
        raise NzbError(
            NzbFault.MALFORMED, "The gzip file is damaged or empty; download the NZB again."
        )
    return bytes(unpacked)
