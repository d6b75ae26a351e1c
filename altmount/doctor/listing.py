"""What a server lists in a folder, by its answer to PROPFIND (RFC 4918)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

ASKED = (
    b'<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop>'
    b"<D:resourcetype/><D:getcontentlength/></D:prop></D:propfind>"
)
"""The body of a request that asks for what is needed here."""

_DAV = "{DAV:}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A file or a folder."""

    href: str
    """Path of its URL, as the server writes it."""

    size: int | None
    """Of a file, in bytes; None for a folder."""


def listed_in(folder: str, body: bytes) -> list[Listed]:
    """What is directly in a folder.

    Args:
        folder: Its ``href``, with a slash at its end. What lies elsewhere is left out.
        body: The answer, or its beginning: of what is cut off, all that is whole is taken.
    """
    return [one for one in _responses(body) if _is_in(folder, one.href)]


def _responses(body: bytes) -> Iterator[Listed]:
    try:
        for _, element in iterparse(io.BytesIO(body), forbid_dtd=True):
            if element.tag == f"{_DAV}response":
                yield _listed(element)
    except (ParseError, DefusedXmlException, ValueError):
        return


def _listed(response: Element) -> Listed:
    href = (response.findtext(f"{_DAV}href") or "").strip()
    if response.find(f".//{_DAV}collection") is not None:
        return Listed(href, None)
    size = (response.findtext(f".//{_DAV}getcontentlength") or "").strip()
    return Listed(href, int(size) if size.isascii() and size.isdigit() else 0)


def _is_in(folder: str, href: str) -> bool:
    name = href.removeprefix(folder).removesuffix("/")
    return href.startswith(folder) and bool(name) and "/" not in name and name not in {".", ".."}
