"""Writing the NZB of a post (the format's DTD 1.1), in pieces, so that its size is no matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from altmount.newsserver.posting import Posting
from altmount.newsserver.yenc import LINE

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE nzb PUBLIC "-//newzBin//DTD NZB 1.1//EN" '
    '"http://www.newzbin.com/DTD/nzb/nzb-1.1.dtd">\n'
    '<nzb xmlns="http://www.newzbin.com/DTD/2003/nzb">\n'
)
_HEADER_BYTES = 200


def nzb_of(*postings: Posting, metas: Mapping[str, str] | None = None) -> str:
    """The NZB of a post of these files; ``metas`` are its head's, such as a password."""
    return "".join(nzb_lines(postings, metas))


def nzb_lines(postings: Sequence[Posting], metas: Mapping[str, str] | None = None) -> Iterator[str]:
    """The same, piece by piece."""
    yield _HEAD
    if metas:
        yield " <head>\n"
        for kind, text in metas.items():
            yield f"  <meta type={quoteattr(kind)}>{escape(text)}</meta>\n"
        yield " </head>\n"
    for file, posting in enumerate(postings, 1):
        yield from _file(posting, file, len(postings))
    yield "</nzb>\n"


def _file(posting: Posting, file: int, files: int) -> Iterator[str]:
    envelope = posting.envelope
    subject = posting.subject(1, file=file, files=files)
    yield (
        f' <file poster={quoteattr(envelope.poster)} date="{int(envelope.posted.timestamp())}"'
        f" subject={quoteattr(subject)}>\n  <groups>\n"
    )
    for group in envelope.groups:
        yield f"   <group>{escape(group)}</group>\n"
    yield "  </groups>\n  <segments>\n"
    full, total = envelope.article_size, posting.total
    full_size, last_size = _wire_size(full), _wire_size(posting.size - (total - 1) * full)
    for number in range(1, total + 1):
        size = full_size if number < total else last_size
        # A Message-ID of this server has nothing in it that XML would mind.
        yield (
            f'   <segment bytes="{size}" number="{number}">{posting.message_id(number)}</segment>\n'
        )
    yield "  </segments>\n </file>\n"


def _wire_size(size: int) -> int:
    """About what an article takes on the wire: 4 bytes of 256 are escaped, lines end."""
    encoded = size + size // 64
    return encoded + 2 * (encoded // LINE) + _HEADER_BYTES
