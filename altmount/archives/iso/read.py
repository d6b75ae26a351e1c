"""What is in an image of a disc: UDF where it has that, else ISO 9660."""

from __future__ import annotations

from collections.abc import Sequence

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.iso.iso9660 import read_iso9660
from altmount.archives.iso.udf import read_udf
from altmount.archives.joined import Joined
from altmount.archives.model import Archive, Volume
from altmount.archives.parser import Parser


def read_iso(volumes: Sequence[Volume], password: str | None = None) -> Parser[Archive]:
    """Read what is in an image; volumes are its pieces, in order and complete.

    Where both are there, they name the same bytes, and UDF knows large files and all names. An
    ISO 9660 is fallen back upon where UDF cannot be read.

    Raises:
        ArchiveError: As :class:`~altmount.archives.errors.ArchiveFault` says; that of the UDF
            if it has one.
    """
    del password
    joined = Joined(volumes)
    try:
        return (yield from read_udf(joined))
    except ArchiveError as error:
        failure = error
    try:
        return (yield from read_iso9660(joined))
    except ArchiveError as error:
        if failure.fault is ArchiveFault.NOT_AN_ARCHIVE:
            failure = error
        if failure.fault is ArchiveFault.NOT_AN_ARCHIVE:
            raise ArchiveError(failure.fault, "it is no image of a disc") from None
        raise failure from None
