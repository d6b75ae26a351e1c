"""What a client is told, in JSON or in XML, as SABnzbd writes both."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from altmount.errors import AltmountError


class RefusedError(AltmountError):
    """A request is answered with what is wrong with it, in SABnzbd's words."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client is told."""

    keyword: str
    """What the data are called; where it is empty, they are the whole answer."""

    data: Any

    beside: Mapping[str, Any] = field(default_factory=dict)
    """What the ancestor wrote beside the data, in JSON alone."""


DONE = Answer("", {"status": True})
"""What was asked for is done."""


def failure(said: str) -> Answer:
    """What did not work."""
    return Answer("", {"status": False, "error": said})


def as_json(answer: Answer) -> str:
    """An answer as a JSON object."""
    if not answer.keyword:
        return json.dumps({**answer.beside, **answer.data})
    return json.dumps({**answer.beside, answer.keyword: answer.data})


def as_xml(answer: Answer) -> str:
    """An answer as an XML document.

    What XML has no way to write is left out, and of the name of an element replaced.
    """
    body = "".join(_element(answer.keyword or "result", answer.data))
    return f'<?xml version="1.0" encoding="UTF-8" ?>\n{body}\n'


# What the parts of some lists are called; those of others are an item or, with fields, a slot.
_SINGLE = {
    "categories": "category",
    "servers": "server",
    "scripts": "script",
    "warnings": "warning",
    "files": "file",
}
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]")


def _element(name: str, data: object) -> Iterator[str]:
    name = _NO_NAME.sub("_", name)
    if not name[:1].isalpha():
        name = f"_{name}"
    yield f"<{name}>"
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _element(str(key), value)
    elif isinstance(data, list | tuple):
        for value in data:
            single = _SINGLE.get(name, "slot" if isinstance(value, Mapping) else "item")
            yield from _element(single, value)
    else:
        yield escape(_NO_XML.sub("", str(data)))
    yield f"</{name}>\n"
