"""Whether the headers of a RAR volume say what they were taken to say.

It is asked before anything is used of a volume whose headers nobody has read.
"""

from __future__ import annotations

from altmount.archives.errors import ArchiveError
from altmount.archives.model import Lead, Volume
from altmount.archives.parser import Parser
from altmount.archives.rar.headers import Reach
from altmount.archives.rar.keys import KeyRing
from altmount.archives.rar.volume import read_volume


def agrees(lead: Lead, password: str | None) -> Parser[bool]:
    """Whether the headers of a volume say what they were taken to say.

    It asks for nothing behind the start of ``lead.run``. What cannot be read does not agree.

    Args:
        lead: What they should say.
        password: For headers that are encrypted.
    """
    volumes = (Volume("a volume", lead.run.stop + 1),)  # to see a run that is longer
    try:
        headers = yield from read_volume(volumes, 0, KeyRing(password), Reach.FIRST_PIECE)
    except ArchiveError:
        return False
    if headers.format != lead.format or headers.number not in {None, lead.number}:
        return False
    return any(
        (piece.path, piece.run) == (lead.path, lead.run) and piece.continues and piece.goes_on
        for piece in headers.pieces
    )
