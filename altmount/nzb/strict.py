"""The fast reader of NZBs: expat, for those that are well-formed XML."""

from __future__ import annotations

import re
from xml.parsers import expat

from altmount.nzb.assembly import Assembly
from altmount.nzb.errors import NzbError, NzbFault
from altmount.nzb.limits import Limits

# Expat would pass over those it does not know in silence, if there is a DTD it did not read.
_FOREIGN_ENTITY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
_STEP = 1 << 20
_MAX_TOKEN = 4 << 20


class NotWellFormedError(Exception):
    """The strict reader cannot take it; the tolerant one may."""


def read(data: bytes, limits: Limits) -> Assembly:
    """Read well-formed XML in UTF-8.

    Raises:
        NotWellFormedError: It is not, or so odd that it would be slow to read this way.
        NzbError: It has more of something than is accepted, or entities of its own.
    """
    if _FOREIGN_ENTITY.search(data):
        raise NotWellFormedError
    assembly = Assembly(limits)
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.specified_attributes = True
    parser.StartElementHandler = assembly.start
    parser.EndElementHandler = assembly.end
    parser.CharacterDataHandler = assembly.text
    parser.EntityDeclHandler = _refuse_entities
    try:
        for begin in range(0, len(data), _STEP):
            stop = begin + _STEP
            parser.Parse(data[begin:stop], stop >= len(data))
            # Expat starts a token over with each step that does not end it, and remembers all
            # tags that are open.
            if stop - parser.CurrentByteIndex > _MAX_TOKEN or assembly.depth > limits.depth:
                raise NotWellFormedError
    except expat.ExpatError:
        raise NotWellFormedError from None
    return assembly


def _refuse_entities(*_: object) -> None:
    raise entities_refused()


def entities_refused() -> NzbError:
    return NzbError(
        NzbFault.ENTITIES,
        "The file declares XML entities of its own, which no NZB needs and which can hide what "
        "it says; get the NZB from another indexer.",
    )
