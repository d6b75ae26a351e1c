"""Whether the headers of a RAR volume lead to where its data was taken to start.

That is all that a reader needs to see of a volume whose headers nobody has read: it has the
volume's first article in its hands anyway.
"""

from __future__ import annotations

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import Volume
from altmount.archives.parser import Read
from altmount.archives.rar.headers import Reach
from altmount.archives.rar.keys import KeyRing
from altmount.archives.rar.volume import read_volume


def leads_to(head: memoryview, offset: int) -> bool:
    """Whether the first piece of an entry starts at ``offset``, by what a volume begins with.

    What is encrypted cannot be told without its password, and passes.
    """
    parser = read_volume((Volume("a volume", len(head)),), 0, KeyRing(None), Reach.FIRST_PIECE)
    try:
        request = next(parser)
        while isinstance(request, Read):
            request = parser.send(bytes(head[request.span.start : request.span.stop]))
    except StopIteration as end:
        pieces = end.value.pieces
        return bool(pieces) and pieces[0].run.start == offset
    except ArchiveError as error:
        return error.fault is ArchiveFault.ENCRYPTED
    return False
