"""What is in a set of RAR volumes, and what a single volume says of its place in one."""

from __future__ import annotations

from collections.abc import Sequence

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import Archive, Identity, Volume
from altmount.archives.parser import A_STEP, PAUSE, Parser
from altmount.archives.rar.entries import Entries
from altmount.archives.rar.headers import Reach
from altmount.archives.rar.keys import ROUNDS_ALLOWED, ROUNDS_OF_RAR4, KeyRing
from altmount.archives.rar.marker import find_marker
from altmount.archives.rar.spread import Spread
from altmount.archives.rar.volume import read_volume

_KEYS_PER_VOLUME = 4  # RAR4 may salt each header anew


def read_rar(
    volumes: Sequence[Volume], password: str | None = None, *, thorough: bool = False
) -> Parser[Archive]:
    """Read what is in a set of volumes, which are in order and complete.

    An entry that goes over several volumes is followed through the first two of them and to
    the one where it should end; those between are taken to be as the second.

    Args:
        volumes: The set.
        password: For its headers and for its entries.
        thorough: Look at every volume.

    Raises:
        ArchiveError: As :class:`~altmount.archives.errors.ArchiveFault` says.
    """
    known = tuple(volumes)
    rounds = ROUNDS_ALLOWED + len(known) * _KEYS_PER_VOLUME * ROUNDS_OF_RAR4
    ring = KeyRing(password, rounds)
    spread, entries = Spread(known, ring, thorough=thorough), Entries(ring)
    index, followed = 0, None
    while index < len(known):
        headers = yield from spread.headers(index)
        at, index = index, index + 1
        for number, piece in enumerate(headers.pieces, 1):
            if number % A_STEP == 0:
                yield PAUSE
            if piece.continues and piece.path == followed:
                continue
            trail = yield from spread.follow(piece, at)
            yield from entries.add(piece, trail)
            if piece.goes_on:
                index, followed = trail.stop, piece.path
        if headers.last and index == at + 1:
            break
    return Archive(entries.found(), spread.leads)


def identify_rar(
    volume: Volume, password: str | None = None, *, numbered: bool = False
) -> Parser[Identity]:
    """Read what a volume says of its place in a set.

    Args:
        volume: It.
        password: For its headers, where they are encrypted.
        numbered: Look for the number at the volume's end as well, where RAR4 has it.

    Raises:
        ArchiveError: NOT_AN_ARCHIVE, DAMAGED, TRUNCATED, WRONG_PASSWORD, UNSUPPORTED or
            TOO_LARGE.
    """
    volumes, ring = (volume,), KeyRing(password)
    try:
        headers = yield from read_volume(volumes, 0, ring, Reach.FIRST_PIECE)
        if numbered and headers.number is None:
            headers = yield from read_volume(volumes, 0, ring, Reach.END)
    except ArchiveError as error:
        if error.fault is not ArchiveFault.ENCRYPTED:
            raise
        marker = yield from find_marker(volumes, 0)
        return Identity(marker.format, encrypted_headers=True)
    piece = headers.pieces[0] if headers.pieces else None
    return Identity(
        format=headers.format,
        first=headers.first,
        number=headers.number,
        last=headers.last,
        entry=piece.path if piece else "",
        entry_size=(piece.size or 0) if piece else 0,
        continues=piece.continues if piece else False,
        encrypted_headers=headers.encrypted,
    )
