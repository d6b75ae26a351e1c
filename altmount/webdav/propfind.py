"""What a PROPFIND asks for (RFC 4918, section 9.1)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from altmount.errors import InvalidRequestError
from altmount.webdav.xml import DAV, parse_xml

MAX_NAMES = 100
"""How many properties may be asked for by name. They are told of each of thousands of files."""


class Depth(enum.Enum):
    """How far down a request reaches (RFC 4918, section 10.2)."""

    ZERO = "0"
    ONE = "1"
    INFINITY = "infinity"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which properties are to be told."""

    names: tuple[str, ...] = ()
    """In Clark notation, such as ``{DAV:}getetag``, each once."""

    all: bool = False
    """All that RFC 4918 defines, and those that clients set; ``names`` are those beside them."""

    names_only: bool = False
    """Which there are, without their values."""


EVERYTHING = Wanted(all=True)


def parse_depth(header: str | None) -> Depth:
    """The Depth header of a PROPFIND; where there is none, the whole tree is meant.

    Raises:
        InvalidRequestError: It is none of the three.
    """
    try:
        return Depth((header or "infinity").strip().lower())
    except ValueError:
        raise InvalidRequestError("Depth is 0, 1 or infinity") from None


def parse_propfind(body: bytes) -> Wanted:
    """What the body of a PROPFIND asks for; an empty one asks for everything.

    Raises:
        InvalidRequestError: It is not sound XML, no propfind element, contradicts itself, or
            names too many properties.
    """
    if not body.strip():
        return EVERYTHING
    root = parse_xml(body)
    if root.tag != f"{DAV}propfind":
        raise InvalidRequestError("the body of a PROPFIND is a DAV: propfind element")
    kinds = [child for child in root if child.tag in _KINDS]
    if len({child.tag for child in kinds}) != 1 or len(kinds) > 1:
        raise InvalidRequestError("a propfind has one of allprop, propname and prop")
    kind = kinds[0]
    included = [name for child in root if child.tag == f"{DAV}include" for name in _names(child)]
    if included and kind.tag != f"{DAV}allprop":
        raise InvalidRequestError("include goes with allprop only")
    if kind.tag == f"{DAV}propname":
        return Wanted(names_only=True)
    names = tuple(dict.fromkeys(included if kind.tag == f"{DAV}allprop" else _names(kind)))
    if len(names) > MAX_NAMES:
        raise InvalidRequestError(f"at most {MAX_NAMES} properties can be asked for at once")
    return Wanted(names, all=kind.tag == f"{DAV}allprop")


_KINDS = {f"{DAV}allprop", f"{DAV}propname", f"{DAV}prop"}


def _names(parent: Element) -> list[str]:
    return [child.tag for child in parent]
