"""XML from clients, and text on its way into XML."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from altmount.errors import InvalidRequestError

MAX_XML_BYTES = 64 * 1024
"""The largest XML body that is read; the largest that clients send have a few kilobytes."""

DAV = "{DAV:}"

_PLAIN = re.compile("[\t\n\r -%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse_xml(body: bytes) -> Element:
    """The document in a request's body.

    Raises:
        InvalidRequestError: It is not well-formed, or declares a document type: those can
            make a few bytes stand for gigabytes.
    """
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except DefusedXmlException:
        raise InvalidRequestError("XML with a document type is not read") from None
    except (ParseError, ValueError, LookupError) as error:
        raise InvalidRequestError(f"the body is no sound XML: {error}") from None
    return root


def text(value: str) -> str:
    """Text as the content of an element; what XML has no way of saying is left a mark."""
    return value if _PLAIN.fullmatch(value) else escape(_NOT_XML.sub("\ufffd", value))


def empty_element(name: str) -> str:
    """An empty element of a name in Clark notation, such as ``{DAV:}getetag``."""
    if name.startswith(DAV):
        return f"<D:{name[len(DAV) :]}/>"
    namespace, brace, local = name.rpartition("}")
    return f"<x:{local} xmlns:x={quoteattr(namespace[1:])}/>" if brace else f"<{local}/>"
