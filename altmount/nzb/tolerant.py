"""The reader of NZBs that are not quite XML. It never gives up, and never goes back far.

It looks for tags. One that is well-formed is taken as XML means it. One that is not, but has
the name of a tag of NZBs, ends at the best ``>`` before the next such tag, and its attributes
lie between the names that NZBs use, with their quotes or what is left of them::

    <file poster="Joe <joe@example>" subject="[1/5] - "film.mkv" yEnc (1/9)">
          ^^^^^^ ................    ^^^^^^^ ...............................

All else is text. Each byte is looked at a small, fixed number of times.
"""

from __future__ import annotations

import re
import sys
from html.entities import html5

from altmount.nzb.assembly import KNOWN_TAGS, Assembly
from altmount.nzb.errors import NzbError, NzbFault
from altmount.nzb.limits import Limits
from altmount.nzb.strict import entities_refused

# All repetitions of single characters are possessive and stop before "<", so a failed match costs
# no more than the way to the next tag, and once more for each attribute. Repetitions of groups are
# not possessive: Python before 3.11.4 does not go back to where such a group began when it fails.
_TAG = re.compile(
    rb"""<(/?)([A-Za-z_:\x80-\xff][\w.:\-\x80-\xff]*+)
    ((?:\s*+[^\s=<>"'/]++\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'))*)\s*+(/?)>""",
    re.VERBOSE,
)
_ATTRIBUTE = re.compile(rb"""([^\s=<>"'/]++)\s*+=\s*+(?:"([^"<]*+)"|'([^'<]*+)')""")
_KNOWN_TAG = re.compile(
    rb"<(/?)(?:[A-Za-z_][\w.\-]{0,30}:)?("
    + b"|".join(sorted((tag.encode() for tag in KNOWN_TAGS), reverse=True))
    + rb")(?![\w.:\-])",
    re.IGNORECASE,
)
_TAG_END = re.compile(rb">(?=\s*+(?:<|\Z))")
_KNOWN_ATTRIBUTE = re.compile(
    rb"""(?:(?<=[\s"'])|^)(poster|date|subject|bytes|number|type)\s{0,8}=\s{0,8}""", re.IGNORECASE
)
_DECLARATION = re.compile(rb"""<!([A-Za-z]*+)(?:[^<>"'\[]|"[^"<]*+"|'[^'<]*+')*[\[>]?""")
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")
_LESS_THAN = ord("<")
_SURROGATES = range(0xD800, 0xE000)
_MAX_BROKEN_TAG = 64 * 1024
_TOKENS_A_TAG = 5
"""Text, the tag, text, its end, and something between."""
_LEAF_TAGS = (b"segment", b"group", b"meta")


def read(data: bytes, limits: Limits) -> Assembly:
    """Read what there is of an NZB in UTF-8.

    Raises:
        NzbError: It has more of something than is accepted, or entities of its own.
    """
    assembly = Assembly(limits)
    _Reader(data, assembly, _TOKENS_A_TAG * limits.tags).read()
    return assembly


class _Reader:
    def __init__(self, data: bytes, assembly: Assembly, most: int) -> None:
        self._data = data
        self._most = most
        self._assembly = assembly
        self._absent: set[bytes] = set()

    def read(self) -> None:
        data, text = self._data, self._assembly.text
        position = tokens = 0
        while position < len(data):
            tokens += 1
            if tokens > self._most:
                raise NzbError(
                    NzbFault.TOO_LARGE, "The file is too large for being this damaged; get another."
                )
            if data[position] != _LESS_THAN:
                stop = data.find(b"<", position)
                stop = stop if stop >= 0 else len(data)
                text(_decoded(data[position:stop]))
                position = stop
            elif match := _TAG.match(data, position):
                self._take(match)
                position = match.end()
            elif data[position + 1 : position + 2] in (b"!", b"?"):
                position = self._skip_markup(position)
            elif match := _KNOWN_TAG.match(data, position):
                position = self._repair(match)
            else:
                text("<")
                position += 1

    def _take(self, match: re.Match[bytes]) -> None:
        closing, raw_name, raw_attributes, empty = match.groups()
        name = raw_name.decode("utf-8", "replace")
        if closing:
            self._assembly.end(name)
            return
        attributes: dict[str, str] = {}
        if raw_attributes:
            for key, double, single in _ATTRIBUTE.findall(raw_attributes):
                attributes.setdefault(key.decode("utf-8", "replace"), _decoded(double or single))
        self._assembly.start(name, attributes)
        if empty:
            self._assembly.end(name)

    def _skip_markup(self, position: int) -> int:
        """Pass over a comment, a processing instruction or a declaration; take CDATA."""
        data = self._data
        for opening, closing in ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>")):
            if data.startswith(opening, position):
                stop = self._find(closing, position + len(opening))
                if stop < 0:
                    break
                if opening == b"<![CDATA[":
                    literal = data[position + len(opening) : stop]
                    self._assembly.text(literal.decode("utf-8", "replace"))
                return stop + len(closing)
        match = _DECLARATION.match(data, position)
        if match is None or not match[1]:
            self._assembly.text("<")
            return position + 1
        if match[1].upper() == b"ENTITY":
            raise entities_refused()
        return match.end()

    def _find(self, closing: bytes, position: int) -> int:
        """As ``bytes.find``, but what is once not found is not looked for again."""
        if closing in self._absent:
            return -1
        stop = self._data.find(closing, position)
        if stop < 0:
            self._absent.add(closing)
        return stop

    def _repair(self, match: re.Match[bytes]) -> int:
        data = self._data
        following = _KNOWN_TAG.search(data, match.end())
        border = following.start() if following else len(data)
        raw = data[match.end() : min(border, match.end() + _MAX_BROKEN_TAG)]
        name = match[2].lower()
        ends = _TAG_END.search(raw) if name not in _LEAF_TAGS and not match[1] else None
        cut = ends.start() if ends else raw.find(b">")
        if cut < 0:
            if following is None:
                return len(data)  # the file breaks off inside this tag
            cut = len(raw)
        if match[1]:
            self._assembly.end(name.decode())
        else:
            self._assembly.start(name.decode(), _loose_attributes(raw[:cut]))
        return min(match.end() + cut + 1, border)


def _loose_attributes(raw: bytes) -> dict[str, str]:
    """Attributes by the names that NZBs use; the value of each lasts until the next."""
    raw = raw.rstrip().removesuffix(b"/")
    matches = list(_KNOWN_ATTRIBUTE.finditer(raw))
    stops = [*(match.start() for match in matches[1:]), len(raw)]
    attributes: dict[str, str] = {}
    for match, stop in zip(matches, stops, strict=False):
        value = raw[match.end() : stop].strip()
        for quote in (b'"', b"'"):
            value = value.removeprefix(quote).removesuffix(quote)
        attributes.setdefault(match[1].decode().lower(), _decoded(value))
    return attributes


def _decoded(raw: bytes) -> str:
    """Text as XML means it, and with the entities of HTML; a bare ``&`` is itself."""
    text = raw.decode("utf-8", "replace")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return html5.get(f"{name};", match[0])
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if code <= sys.maxunicode and code not in _SURROGATES else ""
