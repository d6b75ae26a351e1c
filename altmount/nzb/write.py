"""NZBs written, so that a release can be given back as one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from altmount.nzb.model import Nzb, PostedFile

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nzb PUBLIC "-//newzBin//DTD NZB 1.1//EN" \
"http://www.newzbin.com/DTD/nzb/nzb-1.1.dtd">
<nzb xmlns="http://www.newzbin.com/DTD/2003/nzb">
"""
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", **{c: f"&#{ord(c)};" for c in "\t\n\r"}}
)


def write_nzb(nzb: Nzb) -> bytes:
    """An NZB as well-formed XML in UTF-8. Parsing it gives the same values again."""
    return "".join(_lines(nzb)).encode()


def _lines(nzb: Nzb) -> Iterator[str]:
    yield _HEAD
    if nzb.metas:
        yield "<head>\n"
        for kind, value in nzb.metas.items():
            yield f'<meta type="{escaped(kind)}">{escaped(value)}</meta>\n'
        yield "</head>\n"
    for file in nzb.files:
        yield from _lines_of(file)
    yield "</nzb>\n"


def _lines_of(file: PostedFile) -> Iterator[str]:
    date = f' date="{int(file.posted.timestamp())}"' if file.posted is not None else ""
    yield f'<file poster="{escaped(file.poster)}"{date} subject="{escaped(file.subject)}">\n'
    yield "<groups>\n"
    for group in file.groups:
        yield f"<group>{escaped(group)}</group>\n"
    yield "</groups>\n<segments>\n"
    segments = file.segments
    for index, (number, size) in enumerate(
        zip(segments.numbers, segments.encoded_sizes, strict=True)
    ):
        message_id = escaped(segments.message_id(index))
        yield f'<segment bytes="{size}" number="{number}">{message_id}</segment>\n'
    yield "</segments>\n</file>\n"


def escaped(text: str) -> str:
    """A text within an element or an attribute, without what XML 1.0 has no way to write (2.2)."""
    return _NO_CHARACTER.sub("", text).translate(_ESCAPES)
