"""Reads the headers of a volume in whichever version it was written."""

from __future__ import annotations

from altmount.archives.model import Volume
from altmount.archives.parser import Parser
from altmount.archives.rar.headers import Reach, VolumeHeaders
from altmount.archives.rar.keys import KeyRing
from altmount.archives.rar.marker import find_marker
from altmount.archives.rar.rar4 import read_rar4
from altmount.archives.rar.rar5 import read_rar5


def read_volume(
    volumes: tuple[Volume, ...], index: int, ring: KeyRing, reach: Reach
) -> Parser[VolumeHeaders]:
    """Read the headers of one of the volumes.

    Raises:
        ArchiveError: As :class:`~altmount.archives.errors.ArchiveFault` says.
    """
    marker = yield from find_marker(volumes, index)
    read = read_rar4 if marker.format == "rar4" else read_rar5
    return (yield from read(volumes, index, marker.stop, ring, reach))
