"""NZBs of any shape: values, and the many ways to write the same values down."""

from __future__ import annotations

import codecs
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from hypothesis import strategies as st

from altmount.articles import MessageId
from altmount.nzb.model import Nzb, PostedFile, Segments
from altmount.nzb.subject import declared_segments, name_in
from altmount.nzb.text import fit

DOCTYPE = (
    '<!DOCTYPE nzb PUBLIC "-//newzBin//DTD NZB 1.1//EN" '
    '"http://www.newzbin.com/DTD/nzb/nzb-1.1.dtd">'
)
NAMESPACE = "http://www.newzbin.com/DTD/2003/nzb"


def posted_file(
    subject: str,
    rows: Iterable[tuple[int, int, str]],
    *,
    poster: str = "Poster <poster@example.com>",
    posted: datetime | None = datetime(2024, 5, 1, 12, 0, 0, tzinfo=UTC),
    groups: Iterable[str] = ("alt.binaries.test",),
) -> PostedFile:
    """A file of rows of (number, encoded size, Message-ID)."""
    return PostedFile(
        subject=subject,
        poster=poster,
        posted=posted,
        groups=tuple(groups),
        segments=Segments.of((number, size, MessageId(name)) for number, size, name in rows),
        declared_segments=declared_segments(subject),
        name=name_in(subject),
    )


def nzb_of(seed: int = 0, *, files: int = 3, segments: int = 5, **metas: str) -> Nzb:
    """A sound NZB; the same one for the same seed."""
    chance = random.Random(seed)
    made = []
    for index in range(files):
        name = f"film.{chance.randrange(10**6)}.part{index + 1:02}.rar"
        rows = [
            (
                number,
                739_000 + chance.randrange(2_000),
                f"part{number}of{segments}.{chance.randbytes(8).hex()}$&'@news.example",
            )
            for number in range(1, segments + 1)
        ]
        subject = f'[{index + 1:02}/{files:02}] - "{name}" yEnc (1/{segments})'
        made.append(posted_file(subject, rows))
    return Nzb(tuple(made), metas)


@dataclass(frozen=True)
class Style:
    """How an NZB is written down. Each style is well-formed XML and means the same."""

    encoding: str = "utf-8"
    declared: str | None = "utf-8"
    byte_order_mark: bool = False
    doctype: bool = True
    prefix: str = ""
    namespace: bool = True
    quote: str = '"'
    newline: str = "\n"
    indent: str = "  "
    upper: bool = False
    number_first: bool = False
    comments: bool = False
    cdata: bool = False
    brackets: bool = False
    references: bool = False
    shuffled: int | None = None
    repeated: bool = False


def text_of(nzb: Nzb, style: Style = Style()) -> bytes:
    """The NZB as a file."""
    return encoded(xml_of(nzb, style), style)


def encoded(text: str, style: Style) -> bytes:
    """Text in the style's encoding, which need not be the one that it declares."""
    marks = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    mark = marks.get(style.encoding, codecs.BOM_UTF8) if style.byte_order_mark else b""
    return mark + text.encode(style.encoding)


def xml_of(nzb: Nzb, style: Style = Style()) -> str:
    """The NZB as text, before it is encoded."""
    return style.newline.join(_Writer(style).lines(nzb)) + style.newline


class _Writer:
    def __init__(self, style):
        self._style = style

    def lines(self, nzb):
        style = self._style
        if style.declared is not None:
            yield f'<?xml version="1.0" encoding="{style.declared}"?>'
        if style.doctype:
            yield DOCTYPE
        named = f"xmlns{':' + style.prefix if style.prefix else ''}"
        yield self._open("nzb", **({named: NAMESPACE} if style.namespace or style.prefix else {}))
        yield from self._comment()
        yield self._open("head")
        for kind, value in nzb.metas.items():
            yield self._leaf("meta", value, type=kind)
        yield self._close("head")
        for file in nzb.files:
            yield from self._file(file)
        yield self._close("nzb")

    def _file(self, file):
        attributes = {"poster": file.poster, "subject": file.subject}
        if file.posted is not None:
            attributes["date"] = str(int(file.posted.timestamp()))
        yield self._open("file", **attributes)
        yield self._open("groups")
        for group in file.groups:
            yield self._leaf("group", group)
        yield self._close("groups")
        yield self._open("segments")
        yield from self._segments(file.segments)
        yield self._close("segments")
        yield self._close("file")

    def _segments(self, segments):
        style = self._style
        lines = []
        for index in range(len(segments)):
            name = segments.message_id(index)
            attributes = {
                "bytes": str(segments.encoded_sizes[index]),
                "number": str(segments.numbers[index]),
            }
            if style.number_first:
                attributes = dict(reversed(attributes.items()))
            lines.append(
                self._leaf("segment", f"<{name}>" if style.brackets else name, **attributes)
            )
        if style.shuffled is not None:
            random.Random(style.shuffled).shuffle(lines)
        yield from lines
        yield from self._comment()
        if style.repeated:
            yield from lines

    def _comment(self):
        if self._style.comments:
            yield "<!-- <segment number='1'>no@segment</segment> & -->"
            yield "<?no segment?>"

    def _leaf(self, name, text, **attributes):
        style = self._style
        if style.cdata and "]]>" not in text:
            written = f"<![CDATA[{text}]]>"
        elif style.references:
            written = "".join(f"&#x{ord(character):x};" for character in text)
        else:
            written = escape(text)
        return f"{self._open(name, **attributes)}{written}{self._close(name).strip()}"

    def _open(self, name, **attributes):
        quote = self._style.quote
        written = "".join(
            f" {key if key.startswith('xmlns') else self._name(key)}={quote}"
            f"{escape(value, {quote: f'&#{ord(quote)};'})}{quote}"
            for key, value in attributes.items()
        )
        return f"{self._style.indent}<{self._tag(name)}{written}>"

    def _close(self, name):
        return f"{self._style.indent}</{self._tag(name)}>"

    def _tag(self, name):
        prefix = f"{self._style.prefix}:" if self._style.prefix else ""
        return prefix + self._name(name)

    def _name(self, name):
        return name.upper() if self._style.upper else name


def _fitted(most: int, alphabet: str | None = None) -> st.SearchStrategy[str]:
    characters = st.sampled_from(alphabet) if alphabet else st.characters(exclude_categories=["Cs"])
    return st.text(characters, max_size=most).map(lambda text: fit(text, most))


_TELLING = "abcXYZ 019\"'&;<>[]()/._-=é漢"

message_ids = st.text(
    st.sampled_from([chr(code) for code in range(0x21, 0x7F) if chr(code) not in "<>"]),
    min_size=1,
    max_size=20,
).map(MessageId)
texts = _fitted(40) | _fitted(60, _TELLING)


@st.composite
def posted_files(draw: st.DrawFn) -> PostedFile:
    """Files as parsing gives them."""
    names = draw(st.lists(message_ids, max_size=6, unique=True))
    numbers = draw(
        st.lists(st.integers(1, 9_999), min_size=len(names), max_size=len(names), unique=True)
    )
    sizes = st.integers(0, 2**32 - 1)
    rows = [
        (number, draw(sizes), name) for number, name in zip(sorted(numbers), names, strict=True)
    ]
    moments = st.integers(1, 253_402_300_799).map(lambda at: datetime.fromtimestamp(at, UTC))
    subject = draw(texts | st.integers(1, 9).map(lambda n: f'"a.mkv" yEnc (1/{n})'))
    groups = draw(st.lists(texts.filter(bool), max_size=3, unique=True))
    return posted_file(
        subject,
        rows,
        poster=draw(texts),
        posted=draw(st.none() | moments),
        groups=groups,
    )


@st.composite
def nzbs(draw: st.DrawFn) -> Nzb:
    """NZBs as parsing gives them: no two files of one subject, and something to fetch."""
    files = draw(st.lists(posted_files(), max_size=4, unique_by=lambda file: file.subject))
    files = [file for file in files if file.subject or len(file.segments)]
    if not any(len(file.segments) for file in files):
        files.append(posted_file("the last resort", [(1, 2, "a@b")]))
    kinds = texts.map(str.lower).filter(bool)
    metas = draw(st.dictionaries(kinds, texts.filter(bool), max_size=3))
    return Nzb(tuple(files), metas)


styles = st.builds(
    Style,
    doctype=st.booleans(),
    declared=st.sampled_from([None, "utf-8", "UTF-8"]),
    prefix=st.sampled_from(["", "n", "nzb"]),
    namespace=st.booleans(),
    quote=st.sampled_from("\"'"),
    newline=st.sampled_from(["", "\n", "\r\n", "\n\n"]),
    indent=st.sampled_from(["", "  ", "\t"]),
    upper=st.booleans(),
    number_first=st.booleans(),
    comments=st.booleans(),
    cdata=st.booleans(),
    brackets=st.booleans(),
    references=st.booleans(),
    shuffled=st.none() | st.integers(0, 9),
    repeated=st.booleans(),
)
